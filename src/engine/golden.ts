import { z } from 'zod';
import { loadBackbone } from '../backbone/load.ts';
import { readAdapter } from '../backbone/peft.ts';
import { openSafetensors, safeTensorDoubles, type SafetensorsFile } from '../backbone/safetensors.ts';
import { BackboneError, type BackboneSource } from '../backbone/types.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import { adaptersOf } from '../core/trajectory/tokens.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { moduleName, sliceAdapter, stackAdapters } from '../backbone/adapters.ts';
import { createDecoder, type Decoder, type DecoderOptions } from './decoder.ts';
import type { WeightVector } from './packing.ts';
import type { EngineSequence, TokenRange } from './types.ts';

/** |x − y| ≤ RELATIVE·max|y| + ABSOLUTE, elementwise, per tensor. Plain f32 arithmetic reaches about 1e-5. */
export const RELATIVE = 1e-4;
export const ABSOLUTE = 1e-6;

const ROLE_NAMES = ['reasoning', 'tool'] as const;
const FULL_TARGETS = 'full';

const caseSchema = z.object({
  name: z.string(),
  adapters: z.record(z.string(), z.string()),
  routing: z.literal('paper-eq-2'),
  reduction: z.literal('sum'),
  sequences: z
    .array(z.object({ tokens: z.array(z.number().int().nonnegative()).min(2), roles: z.array(z.number().int().min(0).max(3)), advantage: z.number() }))
    .min(1),
  expected: z.string(),
});

/** One group of tensors: the worst |x − y| / max|y| in it, and whether every tensor is within tolerance. */
export interface GoldenRow {
  readonly group: string;
  readonly tensors: number;
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/**
 * Compares the engine with a golden case: log-probabilities, adapter gradients with leakage (both role losses into both
 * adapters), and Grams of full-weight gradients.
 * @throws BackboneError when the case is incomplete or its expectations name nothing the engine makes.
 */
export async function checkGolden(gpu: GpuDevice, source: BackboneSource, options: DecoderOptions = {}): Promise<readonly GoldenRow[]> {
  const parsed = caseSchema.safeParse(JSON.parse(await (await source.open('case.json')).text()));
  if (!parsed.success) throw new BackboneError(`case.json of ${source.name} is not a golden case: ${z.prettifyError(parsed.error)}`);
  const golden = parsed.data;
  const { weights, config } = await loadBackbone(source);
  const adapters = await Promise.all(ROLE_NAMES.map((role) => readAdapter(source, golden.adapters[role] ?? `adapters/${role}`, config)));
  const expected = await openSafetensors(await source.open(golden.expected), golden.expected);
  const decoder = await createDecoder(gpu, weights, { ...options, adapters: stackAdapters(config, adapters) });
  try {
    const table = new Comparison(expected);
    const sequences = golden.sequences.map(({ tokens, roles }) => ({ tokens: Uint32Array.from(tokens), adapters: adaptersOf(Uint8Array.from(roles), 'paper') }));
    await compareLogprobs(decoder, sequences, table);
    await compareGradients(decoder, sequences, golden.sequences, table);
    await compareGram(decoder, sequences, golden.sequences, table);
    table.requireAllSeen();
    return table.rows();
  } finally {
    decoder.destroy();
  }
}

type GoldenSequences = z.infer<typeof caseSchema>['sequences'];

async function compareLogprobs(decoder: Decoder, sequences: readonly EngineSequence[], table: Comparison): Promise<void> {
  const logprobs = await decoder.logLikelihood(sequences);
  for (const [index, values] of logprobs.entries()) await table.compare('log-probabilities', `logprobs.${index}`, values);
}

async function compareGradients(decoder: Decoder, sequences: readonly EngineSequence[], golden: GoldenSequences, table: Comparison): Promise<void> {
  const vectors: WeightVector[] = ROLE_NAMES.map((role) =>
    golden.map(({ roles, advantage }) => Float32Array.from(roles, (code, token) => (token > 0 && code === ROLE_CODE[role] ? advantage : 0))),
  );
  const { gradients } = await decoder.adapterGradients(sequences, vectors);
  const { layout } = decoder.context.adapters!;
  for (const [vector, loss] of ROLE_NAMES.entries()) {
    for (const [adapter, into] of ROLE_NAMES.entries()) {
      for (const slot of layout.slots) {
        const { a, b } = sliceAdapter(layout, slot, gradients[vector], adapter);
        const name = `grad.${loss}_loss.${into}_adapter.model.${moduleName(slot.layer, slot.target)}`;
        const group = loss === into ? `${loss} gradients` : `${loss} loss into the ${into} adapter`;
        await table.compare(group, `${name}.lora_A`, a);
        await table.compare(group, `${name}.lora_B`, b);
      }
    }
  }
}

/** The case's Gram is over (sequence, role) with advantages: spans summed by role, which K's bilinearity gives. */
async function compareGram(decoder: Decoder, sequences: readonly EngineSequence[], golden: GoldenSequences, table: Comparison): Promise<void> {
  const spans = golden.map(({ roles }) => roleRuns(roles));
  const group = decoder.openGramGroup({ parameterSet: FULL_TARGETS, spanCapacity: spans.reduce((sum, list) => sum + list.length, 0) });
  try {
    const n = golden.length * ROLE_NAMES.length;
    const { values, size } = await group.add(sequences, spans);
    const cells = spans.flatMap((list, sequence) => list.map(({ role }) => ({ at: sequence * ROLE_NAMES.length + role, weight: golden[sequence].advantage })));
    const sum = new Float64Array(n * n);
    for (const [module, { layer, target }] of group.modules.entries()) {
      const result = new Float64Array(n * n);
      cells.forEach((left, i) =>
        cells.forEach((right, j) => {
          result[left.at * n + right.at] += left.weight * right.weight * values[(module * size + i) * size + j];
        }),
      );
      result.forEach((value, index) => {
        sum[index] += value;
      });
      await table.compare('full-weight Gram', `gram.model.${moduleName(layer, target)}`, result);
    }
    await table.compare('full-weight Gram', 'gram.all', sum);
  } finally {
    group.close();
  }
}

function roleRuns(roles: readonly number[]): (TokenRange & { readonly role: number })[] {
  const runs: (TokenRange & { readonly role: number })[] = [];
  for (let start = 1; start < roles.length; ) {
    let end = start + 1;
    while (end < roles.length && roles[end] === roles[start]) end += 1;
    const role = ROLE_NAMES.findIndex((name) => ROLE_CODE[name] === roles[start]);
    if (role >= 0) runs.push({ start, end, role });
    start = end;
  }
  return runs;
}

class Comparison {
  private readonly expected: SafetensorsFile;
  private readonly seen = new Set<string>();
  private readonly groups = new Map<string, { tensors: number; error: number; passed: boolean }>();

  constructor(expected: SafetensorsFile) {
    this.expected = expected;
  }

  async compare(group: string, name: string, values: ArrayLike<number>): Promise<void> {
    const tensor = this.expected.tensors.get(name);
    if (!tensor) throw new BackboneError(`The case expects no tensor "${name}".`);
    const wanted = await safeTensorDoubles(tensor, name);
    if (wanted.length !== values.length) throw new BackboneError(`"${name}" has ${values.length} values; the case expects ${wanted.length}.`);
    this.seen.add(name);
    const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let worst = 0;
    for (let i = 0; i < wanted.length; i += 1) {
      const difference = Math.abs(values[i] - wanted[i]);
      worst = Number.isFinite(difference) ? Math.max(worst, difference) : Infinity;
    }
    const entry = this.groups.get(group) ?? { tensors: 0, error: 0, passed: true };
    entry.tensors += 1;
    entry.error = Math.max(entry.error, scale > 0 ? worst / scale : worst);
    entry.passed &&= worst <= RELATIVE * scale + ABSOLUTE;
    this.groups.set(group, entry);
  }

  /** A check that compares less than the case holds would be silent about the rest. */
  requireAllSeen(): void {
    const missed = [...this.expected.tensors.keys()].filter((name) => !this.seen.has(name));
    if (missed.length > 0) throw new BackboneError(`${missed.length} expected tensors were not compared, ${missed[0]} among them.`);
  }

  rows(): readonly GoldenRow[] {
    return [...this.groups].map(([group, row]) => ({ group, ...row, tolerance: RELATIVE }));
  }
}
