import type { AdapterOptimiser } from '../engine/optimiser.ts';
import type { EngineSequence } from '../engine/types.ts';
import type { Arm } from './arms.ts';
import { clipFactor, gradientReport, mixedNorm, mixingWeights, type GradientReport } from './mixing.ts';
import { rateFactor, type TrainingSettings } from './settings.ts';

/** A sequence with its weights in each loss; `row`: its place among those given. */
export interface WeightedSequence {
  readonly row: number;
  readonly sequence: EngineSequence;
  /** [loss][token]. */
  readonly weights: readonly Float32Array[];
}

/**
 * Sequences with something to learn, in parts of bounded size; two agents' tokens are each seen under their own adapter.
 * @param weights [loss][row][token]
 */
export function* microBatches(arm: Arm, rows: readonly EngineSequence[], weights: readonly (readonly Float32Array[])[], limit: number): Generator<WeightedSequence[]> {
  const items = rows.flatMap(({ tokens, adapters }, row): WeightedSequence[] => {
    const own = weights.map((loss) => loss[row]);
    if (own.every((loss) => loss.every((weight) => weight === 0))) return [];
    if (!arm.agents) return [{ row, sequence: { tokens, adapters }, weights: own }];
    return arm.adapterOf.flatMap((adapter, ability) => {
      if (own[ability].every((weight) => weight === 0)) return [];
      const alone = own.map((loss, index) => (index === ability ? loss : new Float32Array(tokens.length)));
      return [{ row, sequence: { tokens, adapters: new Uint8Array(tokens.length).fill(adapter) }, weights: alone }];
    });
  });
  yield* inParts(items, ({ sequence }) => sequence.tokens.length, limit);
}

/** Runs of items whose sizes add up to at most `limit`; a larger item stands alone. */
export function* inParts<Item>(items: readonly Item[], sizeOf: (item: Item) => number, limit: number): Generator<Item[]> {
  let part: Item[] = [];
  let size = 0;
  for (const item of items) {
    const own = sizeOf(item);
    if (part.length > 0 && size + own > limit) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(item);
    size += own;
  }
  if (part.length > 0) yield part;
}

/** What summing the gradients of a pass tells. */
export interface Gathered {
  /** Per ability: −Σ w·log π. */
  readonly losses: readonly number[];
  /** Tokens that were encoded. */
  readonly trained: number;
}

/** Sums the gradients of a pass. @param seen told each part with the log-probabilities of its tokens in a loss */
export async function gather(
  optimiser: AdapterOptimiser,
  batches: Iterable<readonly WeightedSequence[]>,
  losses: number,
  checkpoint: () => Promise<void>,
  seen: (batch: readonly WeightedSequence[], logprobs: readonly Float32Array[]) => void = () => undefined,
): Promise<Gathered> {
  const total = new Array<number>(losses).fill(0);
  let trained = 0;
  for (const batch of batches) {
    await checkpoint();
    const result = await optimiser.add(batch.map(({ sequence }) => sequence), Array.from({ length: losses }, (_, loss) => batch.map(({ weights }) => weights[loss])));
    result.losses.forEach((value, loss) => {
      total[loss] += value;
    });
    for (const { sequence } of batch) trained += sequence.tokens.length;
    seen(batch, result.logprobs);
  }
  return { losses: total, trained };
}

/** Learning rate of each adapter at a step. */
export function ratesAt(arm: Arm, settings: TrainingSettings, step: number): number[] {
  const factor = rateFactor(settings, step);
  return Array.from({ length: arm.adapters }, (_, adapter) => factor * settings.rates[Math.min(adapter, settings.rates.length - 1)]);
}

/** Mixes what was gathered by the arm's masks, clips it, and takes the step. `frozen[u]`: adapter u keeps its values. */
export async function descend(optimiser: AdapterOptimiser, arm: Arm, settings: TrainingSettings, step: number, frozen: readonly boolean[]): Promise<{ readonly gradients: GradientReport; readonly norm: number }> {
  const products = await optimiser.products();
  const mix = mixingWeights(arm, products);
  const norm = mixedNorm(mix, products);
  const rates = ratesAt(arm, settings, step).map((rate, adapter) => (frozen[adapter] ? 0 : rate));
  await optimiser.apply(mix, rates, settings.adam, clipFactor(norm, settings.clipNorm));
  return { gradients: gradientReport(arm, products), norm };
}
