import * as z from 'zod';
import { fromBase64, toBase64 } from './base64.ts';
import { checkBlock } from './blocks.ts';
import { GramError } from './error.ts';
import { TARGETS } from './types.ts';
import type { GramBlock, SpanGram } from './types.ts';

/**
 * `gram.json`, the span Gram as a file. Each block's `values` are the upper triangles (diagonal included) of its
 * modules' K, module after module, row by row, little-endian in `dtype`, base64.
 */
export const GRAM_FORMAT = 'seesaw.gram';
export const GRAM_VERSION = 1;
export type GramDtype = 'f32' | 'f64';

const index = z.int().min(0);

export const gramModuleSchema = z.object({ layer: index, target: z.enum(TARGETS), parameters: index });

export const gramTrajectorySchema = z.object({
  id: z.string(),
  question: z.string(),
  group: z.string(),
  reward: z.number().nullable(),
  advantage: z.number().nullable(),
  fingerprint: z.string(),
  tokens: index,
});

export const gramSpanSchema = z.object({
  trajectory: index,
  role: z.enum(['reasoning', 'tool']),
  kind: z.enum(['think', 'answer', 'other', 'tool']),
  start: index,
  end: index,
  // A span that was not measured has no loss yet; JSON has no NaN.
  loss: z.number().nullable(),
});

export const gramFileSchema = z.object({
  format: z.literal(GRAM_FORMAT),
  version: z.literal(GRAM_VERSION),
  parameterSet: z.enum(['full', 'lora']),
  modules: z.array(gramModuleSchema),
  trajectories: z.array(gramTrajectorySchema),
  spans: z.array(gramSpanSchema),
  blocks: z.array(z.object({ group: z.string(), spans: z.array(index), dtype: z.enum(['f32', 'f64']), values: z.string() })),
});
export type GramFile = z.infer<typeof gramFileSchema>;

/**
 * The artefact as plain data for JSON.
 * @param dtype f64 keeps every bit; f32 halves the file at a relative error of 6e-8 per entry. By default f32 where it
 * is exact for every entry, as it is for what the GPU made, else f64.
 * @throws GramError when a block does not fit the modules, or a value is not finite or does not fit f32
 */
export function encodeGram(gram: SpanGram, dtype: GramDtype = losslessDtype(gram)): GramFile {
  return {
    format: GRAM_FORMAT,
    version: GRAM_VERSION,
    parameterSet: gram.parameterSet,
    modules: gram.modules.map(({ layer, target, parameters }) => ({ layer, target, parameters })),
    trajectories: gram.trajectories.map(({ id, question, group, reward, advantage, fingerprint, tokens }) => ({ id, question, group, reward, advantage, fingerprint, tokens })),
    spans: gram.spans.map(({ trajectory, role, kind, start, end, loss }) => ({ trajectory, role, kind, start, end, loss: Number.isFinite(loss) ? loss : null })),
    blocks: gram.blocks.map((block) => ({ group: block.group, spans: [...block.spans], dtype, values: encodeTriangles(block, gram.modules.length, dtype) })),
  };
}

function losslessDtype({ blocks }: SpanGram): GramDtype {
  return blocks.every(({ values }) => values.every((value) => Math.fround(value) === value)) ? 'f32' : 'f64';
}

/** Reads what `JSON.parse` gave. @throws GramError with the place and the reason. */
export function decodeGram(value: unknown): SpanGram {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== GRAM_FORMAT) {
    throw new GramError(`This is not a span Gram: "format" is not "${GRAM_FORMAT}".`);
  }
  if ('version' in value && typeof value.version === 'number' && value.version > GRAM_VERSION) {
    throw new GramError(`This span Gram has version ${value.version}; this page reads version ${GRAM_VERSION}. Open it with a newer Seesaw.`);
  }
  const parsed = gramFileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new GramError(`The span Gram is malformed at ${issue.path.join('.') || 'its root'}: ${issue.message}.`);
  }
  return gramOfFile(parsed.data);
}

/** Reads a file already validated by `gramFileSchema`. @throws GramError for indices or sizes that do not fit together. */
export function gramOfFile(file: GramFile): SpanGram {
  const modules = file.modules.length;
  file.spans.forEach((span, at) => {
    if (span.trajectory >= file.trajectories.length) throw new GramError(`Span ${at} names trajectory ${span.trajectory} of ${file.trajectories.length}.`);
    if (span.end <= span.start) throw new GramError(`Span ${at} is empty: tokens ${span.start} to ${span.end}.`);
    if ((span.role === 'tool') !== (span.kind === 'tool')) throw new GramError(`Span ${at} has role ${span.role} but kind ${span.kind}.`);
  });
  const groups = new Set<string>();
  const blocks = file.blocks.map((block): GramBlock => {
    if (groups.has(block.group)) throw new GramError(`Group "${block.group}" has two blocks.`);
    groups.add(block.group);
    const outside = block.spans.find((span) => span >= file.spans.length);
    if (outside !== undefined) throw new GramError(`The block of group "${block.group}" names span ${outside} of ${file.spans.length}.`);
    if (new Set(block.spans).size !== block.spans.length) throw new GramError(`The block of group "${block.group}" names a span twice.`);
    return { group: block.group, spans: block.spans, values: decodeTriangles(block, modules) };
  });
  const spans = file.spans.map((span) => ({ ...span, loss: span.loss ?? Number.NaN }));
  return { parameterSet: file.parameterSet, modules: file.modules, trajectories: file.trajectories, spans, blocks };
}

function encodeTriangles(block: GramBlock, modules: number, dtype: GramDtype): string {
  const n = checkBlock(block, modules);
  const width = dtype === 'f64' ? 8 : 4;
  const bytes = new Uint8Array(((modules * n * (n + 1)) / 2) * width);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let module = 0; module < modules; module++) {
    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++, at += width) {
        const value = block.values[module * n * n + i * n + j];
        if (!Number.isFinite(value)) throw new GramError(`Group "${block.group}" holds a value that is not a number (module ${module}, spans ${i} and ${j}).`);
        if (dtype === 'f64') view.setFloat64(at, value, true);
        else {
          if (!Number.isFinite(Math.fround(value))) throw new GramError(`The inner product ${value} of group "${block.group}" does not fit f32; write f64.`);
          view.setFloat32(at, value, true);
        }
      }
    }
  }
  return toBase64(bytes);
}

function decodeTriangles(block: GramFile['blocks'][number], modules: number): Float64Array {
  const n = block.spans.length;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = fromBase64(block.values);
  } catch {
    throw new GramError(`The values of group "${block.group}" are not base64.`);
  }
  const width = block.dtype === 'f64' ? 8 : 4;
  const expected = ((modules * n * (n + 1)) / 2) * width;
  if (bytes.length !== expected) {
    throw new GramError(`The values of group "${block.group}" have ${bytes.length} bytes where ${modules} modules of ${n} spans in ${block.dtype} take ${expected}: the file is ${bytes.length < expected ? 'truncated' : 'malformed'}.`);
  }
  const view = new DataView(bytes.buffer);
  const values = new Float64Array(modules * n * n);
  let at = 0;
  for (let module = 0; module < modules; module++) {
    const offset = module * n * n;
    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++, at += width) {
        const value = block.dtype === 'f64' ? view.getFloat64(at, true) : view.getFloat32(at, true);
        if (!Number.isFinite(value)) throw new GramError(`Group "${block.group}" holds a value that is not a number (module ${module}, spans ${i} and ${j}).`);
        values[offset + i * n + j] = value;
        values[offset + j * n + i] = value;
      }
    }
  }
  return values;
}
