import { TARGETS, type GramModule } from '../../core/gram/types.ts';
import { hash32, Random } from '../../core/random.ts';
import type { DecoderApi, GramAddition, GramGroup } from '../../engine/types.ts';

/** Components of a module's made-up gradient. */
const SIZE = 5;

export interface FakeOptions {
  readonly layers?: number;
  readonly whole?: boolean;
  /** Passes that an addition takes. Default: 1. */
  readonly passes?: number;
  /** Called before each addition, with the number of sequences. */
  readonly onAdd?: (sequences: number) => void | Promise<void>;
}

/** The gradient that the fake decoder gives a span: a function of its tokens, range and module only. */
export function fakeGradient(tokens: Uint32Array, start: number, end: number, module: number): number[] {
  const random = new Random(hash32(`${tokens.join(',')} ${start} ${end}`), String(module));
  return Array.from({ length: SIZE }, () => random.normal());
}

export function innerProduct(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** A decoder whose spans have small random gradients and whose inner products are really computed. */
export function fakeDecoder({ layers = 2, whole = false, passes = 1, onAdd }: FakeOptions = {}): DecoderApi & { readonly destroyed: () => boolean; readonly open: () => number } {
  const modules: GramModule[] = Array.from({ length: layers }, (_, layer) => TARGETS.map((target) => ({ layer, target, parameters: SIZE }))).flat();
  let [destroyed, open] = [false, 0];
  const openGramGroup = (): GramGroup => {
    const all: number[][][] = [];
    open += 1;
    return {
      modules,
      async add(sequences, spans, steering): Promise<GramAddition> {
        await onAdd?.(sequences.length);
        for (let pass = 1; pass <= passes; pass += 1) await steering?.onProgress?.(pass, passes);
        const fresh = spans.flatMap((ranges, index) => ranges.map(({ start, end }) => modules.map((_, module) => fakeGradient(sequences[index].tokens, start, end, module))));
        all.push(...fresh);
        const values = modules.flatMap((_, module) => fresh.flatMap((row) => all.map((column) => innerProduct(row[module], column[module]))));
        return { losses: Float64Array.from(spans.flat(), ({ start, end }) => end - start), size: all.length, values: Float64Array.from(values) };
      },
      close: () => {
        open -= 1;
      },
    };
  };
  return {
    logLikelihood: (sequences) => Promise.resolve(sequences.map(({ tokens }) => new Float32Array(tokens.length - 1).fill(-1))),
    mustAddWhole: () => whole,
    openGramGroup,
    memory: { bytes: 1000, peakBytes: 2000 },
    destroy: () => {
      destroyed = true;
    },
    destroyed: () => destroyed,
    open: () => open,
  };
}
