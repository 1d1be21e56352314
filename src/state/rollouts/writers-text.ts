import type { AdapterChoice, WriterChoice } from '../../lab/rollout-events.ts';

/**
 * Writers as a text for an address: `label,adapters,kind,reasoning,tool` each (and `,answer` where it has an adapter of its own), `;` between them. Of adapters that were
 * opened from files only the name can stand in it.
 */
export function formatWriters(writers: readonly WriterChoice[]): string {
  return writers
    .map(({ label, adapters, writing }) =>
      [encodeURIComponent(label), formatAdapters(adapters), writing.kind === 'agents' && writing.keepCaches === false ? 'agents-afresh' : writing.kind, writing.reasoning, writing.tool, ...(writing.kind === 'routed' && writing.answer !== undefined ? [writing.answer] : [])].join(','),
    )
    .join(';');
}

/** Null when the text means nothing. Adapters from files come without their files. */
export function parseWriters(text: string): WriterChoice[] | null {
  const writers = text.split(';').map(parseWriter);
  return writers.length <= MOST && writers.every((writer) => writer !== null) ? writers : null;
}

/** More cannot be told apart in a table. */
const MOST = 8;

function formatAdapters(adapters: AdapterChoice): string {
  if (adapters.kind === 'untrained') return `untrained-${adapters.count}-${adapters.rank}`;
  return adapters.kind === 'files' ? `files-${encodeURIComponent(adapters.name)}` : adapters.kind;
}

function parseWriter(text: string): WriterChoice | null {
  const parts = text.split(',');
  if (parts.length !== 5 && parts.length !== 6) return null;
  const [label, adapters, kind, reasoning, tool] = [decode(parts[0]), parseAdapters(parts[1]), parts[2], parseAdapter(parts[3]), parseAdapter(parts[4])];
  const answer = parts.length === 6 ? parseAdapter(parts[5]) : undefined;
  if (label === null || adapters === null || reasoning === null || tool === null || answer === null) return null;
  switch (kind) {
    case 'routed':
      return { label, adapters, writing: { kind: 'routed', reasoning, tool, ...(answer === undefined ? {} : { answer }) } };
    case 'agents':
      return { label, adapters, writing: { kind: 'agents', reasoning, tool, keepCaches: true } };
    case 'agents-afresh':
      return { label, adapters, writing: { kind: 'agents', reasoning, tool, keepCaches: false } };
    default:
      return null;
  }
}

function parseAdapter(text: string): number | 'base' | null {
  if (text === 'base') return 'base';
  return /^\d{1,2}$/.test(text) ? Number(text) : null;
}

function parseAdapters(text: string): AdapterChoice | null {
  if (text === 'none' || text === 'own') return { kind: text };
  const untrained = /^untrained-(\d)-(\d{1,3})$/.exec(text);
  if (untrained) {
    const [count, rank] = [Number(untrained[1]), Number(untrained[2])];
    return count > 0 && rank > 0 ? { kind: 'untrained', count, rank } : null;
  }
  if (!text.startsWith('files-')) return null;
  const name = decode(text.slice('files-'.length));
  return name === null ? null : { kind: 'files', name, files: [] };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text).slice(0, 200);
  } catch {
    // A broken escape: somebody cut the address.
    return null;
  }
}
