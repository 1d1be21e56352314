import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { ENVIRONMENTS } from '../../agent/environment.ts';
import type { Dialect, EnvironmentSettings } from '../../agent/types.ts';
import type { QuestionChoice, RetrieverChoice } from '../../agent/choices.ts';
import type { AdapterChoice, WriterChoice } from '../../lab/rollout-events.ts';
import { adapterFolders } from '../../lab/writer-adapters.ts';

export const DIALECTS: readonly { readonly value: Dialect; readonly label: string }[] = [
  { value: 'world', label: 'Bundled backbone' },
  { value: 'search-r1', label: 'Search-R1' },
  { value: 'qwen', label: 'Qwen function calls' },
];

export function questionsLabel(choice: QuestionChoice): string {
  switch (choice.kind) {
    case 'bundled':
      return BUNDLED_QUESTIONS.find((set) => set.name === choice.name)?.title ?? choice.name;
    case 'file':
      return choice.name;
    case 'asked':
      return 'one question asked by hand';
  }
}

export function retrieverLabel(choice: RetrieverChoice): string {
  switch (choice.kind) {
    case 'bundled':
      return BUNDLED_CORPORA.find((corpus) => corpus.name === choice.corpus)?.title ?? choice.corpus;
    case 'file':
    case 'stored':
      return choice.name;
    case 'server':
      return choice.url === '' ? 'a server without an address' : choice.url;
  }
}

export function adaptersLabel(adapters: AdapterChoice): string {
  switch (adapters.kind) {
    case 'none':
      return 'Backbone alone';
    case 'own':
      return 'Backbone’s own adapters';
    case 'untrained':
      return 'Untrained adapters';
    case 'files':
      return adapters.name;
  }
}

/** A label for a writer from what it is. */
export function writerLabel({ adapters, writing }: Pick<WriterChoice, 'adapters' | 'writing'>): string {
  if (adapters.kind === 'none') return 'Backbone alone';
  const way = writing.kind === 'routed' ? (writing.reasoning === writing.tool && (writing.answer ?? writing.reasoning) === writing.tool ? 'one adapter' : 'routed') : writing.reasoning === writing.tool ? 'one agent' : 'two agents';
  return `${adaptersLabel(adapters)}, ${way}`;
}

/** With other adapters the writing begins anew: the first for reasoning, the second for tool where there is one. */
export function writerWith(adapters: AdapterChoice, kind: WriterChoice['writing']['kind']): WriterChoice {
  const writing: WriterChoice['writing'] = adapters.kind === 'none' ? { kind, reasoning: 'base', tool: 'base' } : { kind, reasoning: 0, tool: adapterNames(adapters).length < 2 ? 0 : 1 };
  return { label: writerLabel({ adapters, writing }), adapters, writing };
}

const NAMES = ['Reasoning adapter', 'Tool adapter'];

/** The adapters of a set, as they are chosen: of opened files by their folders, the only one by its place. */
export function adapterNames(adapters: AdapterChoice): readonly string[] {
  if (adapters.kind === 'none') return [];
  const folders = adapters.kind === 'files' ? adapterFolders(adapters.files.map(({ path }) => path)) : [];
  if (folders.length > 0) {
    const names = folders.map((folder) => folder.slice(folder.lastIndexOf('/') + 1));
    return names.map((name, index) => (name === 'reasoning' || name === 'tool' ? NAMES[index] : names.length > 1 && name !== '' ? name : 'Its adapter'));
  }
  const count = adapters.kind === 'untrained' ? adapters.count : 2;
  return Array.from({ length: count }, (_, index) => NAMES.at(index) ?? `Adapter ${index + 1}`);
}

export const DEFAULT_RIVAL: WriterChoice = writerWith({ kind: 'untrained', count: 2, rank: 8 }, 'routed');

const LIMITS = ['maxSearches', 'maxTurnTokens', 'maxTokens', 'maxObservationTokens', 'topK'] as const;

/** The environment in another dialect: limits that stood at the one's own values stand at the other's, changed ones stay. */
export function inDialect(environment: EnvironmentSettings, dialect: Dialect): EnvironmentSettings {
  const [before, after] = [ENVIRONMENTS[environment.dialect], ENVIRONMENTS[dialect]];
  const kept = Object.fromEntries(LIMITS.filter((limit) => environment[limit] !== before[limit]).map((limit) => [limit, environment[limit]]));
  return { ...environment, ...after, ...kept };
}

/** What an adapter's number means for a writer; the number behind the last adapter is the frozen backbone. */
export function adapterName(adapters: AdapterChoice, adapter: number): string {
  const count = adapters.kind === 'none' ? 0 : adapters.kind === 'untrained' ? adapters.count : adapters.kind === 'own' ? 2 : adapter + 1;
  if (adapter >= count) return 'the backbone alone';
  return ['the reasoning adapter', 'the tool adapter'].at(adapter) ?? `adapter ${adapter + 1}`;
}
