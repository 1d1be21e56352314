/** Timings with a warm-up and medians; several contestants take turns, so that a noisy machine disturbs all alike. */

export interface Timing {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly runs: number;
  /** Figure of merit by the median, e.g. GFLOP/s or tokens/s. */
  readonly rate?: number;
  readonly unit?: string;
}

export interface Contestant {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Work of one run in units of `unit` · s (2·M·N·K·1e-9 for GFLOP/s). */
  readonly work?: number;
  readonly unit?: string;
}

/** Runs each contestant once to warm up, then in turn until each has `runs` timings or the time is over. */
export async function compete(contestants: readonly Contestant[], { runs = 9, seconds = 20 } = {}): Promise<Timing[]> {
  for (const { run } of contestants) await run();
  const times = contestants.map((): number[] => []);
  const until = performance.now() + seconds * 1000;
  for (let round = 0; round < runs && (round < 3 || performance.now() < until); round += 1) {
    for (const [index, { run }] of contestants.entries()) {
      const started = performance.now();
      await run();
      times[index].push(performance.now() - started);
    }
  }
  return contestants.map(({ name, work, unit }, index) => {
    const sorted = [...times[index]].sort((a, b) => a - b);
    const medianMs = sorted[Math.floor(sorted.length / 2)];
    return { name, medianMs, minMs: sorted[0], runs: sorted.length, ...(work !== undefined && { rate: work / (medianMs / 1000) }), ...(unit && { unit }) };
  });
}

export function formatTiming({ name, medianMs, minMs, rate, unit }: Timing): string {
  const figure = rate === undefined ? '' : `${rate.toPrecision(3).padStart(8)} ${unit ?? ''}`;
  return `  ${name.padEnd(44)} median ${medianMs.toFixed(2).padStart(9)} ms  min ${minMs.toFixed(2).padStart(9)} ms ${figure}`;
}

/** Repeatable values in (−0.5, 0.5). */
export function noise(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}
