import type { Rollout, Writing } from '../agent/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { RunDevice } from './angle-run.ts';
import { createdUnlessCancelled } from './created.ts';
import { microBatches } from './micro-batches.ts';
import { compare, NO_PARITY, parityForwards, type ParitySum } from './rollout-parity.ts';
import type { WriterAdapters } from './writer-adapters.ts';

export interface ParityWriter {
  readonly adapters: WriterAdapters;
  readonly writing: Writing;
}

export interface ParityOptions {
  readonly device: RunDevice;
  readonly backbone: Backbone;
  readonly writers: readonly ParityWriter[];
  /** Rejects when the device is lost. */
  readonly guard: <Value>(promise: Promise<Value>) => Promise<Value>;
  /** Compiling kernels takes seconds the first time: a cancelled run does not wait for it. */
  readonly signal: AbortSignal;
  readonly checkpoint: () => Promise<void>;
  readonly onProgress: (detail: string, fraction: number) => void;
}

/** The engine's log-probabilities beside those of the rollouts, one decoder a set of adapters, one behind the other. */
export class ParityCheck {
  readonly #options: ParityOptions;

  constructor(options: ParityOptions) {
    this.#options = options;
  }

  async run(rollouts: readonly Rollout[]): Promise<ParitySum> {
    const { writers } = this.#options;
    const sets = new Map<string, Rollout[]>();
    for (const rollout of rollouts) {
      const { key } = writers[rollout.writer].adapters;
      sets.set(key, [...(sets.get(key) ?? []), rollout]);
    }
    let sum: ParitySum = { ...NO_PARITY, rollouts: rollouts.length };
    let done = 0;
    for (const members of sets.values()) {
      const { adapters } = writers[members[0].writer];
      sum = await this.#measure(adapters, members, sum, (count) => this.#options.onProgress(`${done + count} of ${rollouts.length} rollouts`, (done + count) / rollouts.length));
      done += members.length;
    }
    return sum;
  }

  async #measure(adapters: WriterAdapters, rollouts: readonly Rollout[], before: ParitySum, onDone: (rollouts: number) => void): Promise<ParitySum> {
    const { device, backbone, writers, guard, signal, checkpoint } = this.#options;
    const decoder = await createdUnlessCancelled(device.createDecoder(backbone, adapters.stacked, () => undefined), signal, guard);
    try {
      const forwards = rollouts.flatMap((rollout) => parityForwards(rollout, writers[rollout.writer].writing.kind));
      const lengths = forwards.map(({ sequence }) => sequence.tokens.length);
      const memory = { shape: { config: backbone.config, adapterWidth: adapters.stacked?.layout.width ?? 0 }, sizes: lengths.map((tokens) => ({ tokens, rows: 0 })) };
      const batches = microBatches(lengths, backbone.parameters, device.report.software, memory);
      let sum = before;
      for (const batch of batches) {
        await checkpoint();
        sum = await guard(compare(decoder, batch.map((index) => forwards[index]), sum));
        onDone(Math.round((rollouts.length * (batch[batch.length - 1] + 1)) / forwards.length));
      }
      return sum;
    } finally {
      decoder.destroy();
    }
  }
}
