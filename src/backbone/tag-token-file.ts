import { z } from 'zod';
import type { Backbone } from './load.ts';
import { openSafetensors, safeTensorFloats, writeSafetensors, type SafetensorsFile } from './safetensors.ts';
import { tagIds, withTagTokens, type GivenRows, type TableRows } from './tag-tokens.ts';
import { BackboneError } from './types.ts';

/** The key of the file's metadata that says what it is; its value is the JSON below. One file, so that no half gets lost. */
const KEY = 'seesaw.tag_tokens';

const count = z.number().int().nonnegative();
const loss = z.object({ tokens: count, nats: z.number() });
const losses = z.object({ tag: loss, after: loss, other: loss, trajectories: count });

const aboutSchema = z.object({
  version: z.literal(1),
  tags: z.array(z.string().min(1)).min(1),
  ids: z.array(count).min(1),
  base: z.object({ name: z.string(), sha256: z.string() }),
  /** For the backbone's name, such as "trained 50 steps". */
  how: z.string(),
  /** How the rows were trained, and the held-out losses with the words' means and with these rows. */
  training: z.object({
    steps: count,
    rate: z.number(),
    batch: count,
    seed: z.number(),
    trajectories: z.string(),
    dataSha256: z.string(),
    training: count,
    before: losses,
    after: losses,
  }),
});

export type TagTokensAbout = z.infer<typeof aboutSchema>;

export interface TagTokensFile {
  readonly about: TagTokensAbout;
  readonly rows: TableRows;
}

/** Rows [tags, hidden] in f32 as tag_tokens.safetensors: `embed_tokens`, and `lm_head` where the head is separate. */
export function writeTagTokens({ about, rows: { embedding, head } }: TagTokensFile): Uint8Array<ArrayBuffer> {
  const shape = [about.tags.length, embedding.length / about.tags.length];
  const tensors = new Map([['embed_tokens', { shape, values: embedding }], ...(head ? [['lm_head', { shape, values: head }] as const] : [])]);
  return writeSafetensors(tensors, { [KEY]: JSON.stringify(about) });
}

/** Whether a safetensors file holds tag tokens; false for what is no safetensors file at all. */
export async function isTagTokensFile(blob: Blob): Promise<boolean> {
  try {
    return KEY in (await openSafetensors(blob)).metadata;
  } catch (error) {
    if (error instanceof BackboneError) return false;
    throw error;
  }
}

function parseAbout({ metadata }: SafetensorsFile): TagTokensAbout {
  let value: unknown;
  try {
    value = JSON.parse(metadata[KEY] ?? 'null');
  } catch {
    value = null;
  }
  const parsed = aboutSchema.safeParse(value);
  if (!parsed.success) throw new BackboneError('The file does not say which tags its rows are of: it is no tag_tokens.safetensors of this program, or of a later version of it.');
  if (parsed.data.ids.length !== parsed.data.tags.length) throw new BackboneError(`The file names ${parsed.data.tags.length} tags and ${parsed.data.ids.length} ids.`);
  return parsed.data;
}

/** What the file says of itself, without its rows. @throws BackboneError */
export async function readTagTokensAbout(blob: Blob): Promise<TagTokensAbout> {
  return parseAbout(await openSafetensors(blob, 'The file of tag tokens'));
}

/** @throws BackboneError for another file, or a malformed one */
export async function readTagTokens(blob: Blob): Promise<TagTokensFile> {
  const file = await openSafetensors(blob, 'The file of tag tokens');
  const about = parseAbout(file);
  const tensor = async (name: string): Promise<Float32Array<ArrayBuffer> | null> => {
    const found = file.tensors.get(name);
    if (!found) return null;
    if (found.shape.length !== 2 || found.shape[0] !== about.tags.length) throw new BackboneError(`"${name}" of the file of tag tokens is [${found.shape.join(', ')}]; ${about.tags.length} rows are expected.`);
    const values = await safeTensorFloats(found, name);
    if (!values.every(Number.isFinite)) throw new BackboneError(`"${name}" of the file of tag tokens holds values that are not numbers.`);
    return values;
  };
  const embedding = await tensor('embed_tokens');
  if (!embedding) throw new BackboneError('The file of tag tokens has no "embed_tokens".');
  return { about, rows: { embedding, head: await tensor('lm_head') } };
}

/**
 * The backbone with rows of a file.
 * @throws BackboneError where they were trained on another backbone
 */
export async function withTagTokensOf(backbone: Backbone, { about, rows }: TagTokensFile): Promise<Backbone> {
  const { tags, ids, base, how } = about;
  if (base.sha256 !== backbone.sha256) {
    throw new BackboneError(`The rows of ${tags.length} tag tokens were trained on "${base.name}" (SHA-256 ${base.sha256.slice(0, 12)}…), and this is "${backbone.name}" (${backbone.sha256.slice(0, 12)}…). Choose that backbone, or warm up rows for this one.`);
  }
  if (backbone.tokenizer && String(tagIds(backbone.config, backbone.tokenizer, tags.length)) !== String(ids)) {
    throw new BackboneError(`The rows are of the ids ${ids[0]} to ${ids[ids.length - 1]}, and with this tokenizer the tags would get others: it is not the one that they were trained with.`);
  }
  const given: GivenRows = { ...rows, how };
  return withTagTokens(backbone, tags, given);
}
