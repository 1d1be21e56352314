import { readAdapter } from '../backbone/peft.ts';
import type { BackboneSource, DecoderConfig } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import type { ParameterSet } from '../core/gram/types.ts';
import { initialAdapters, stackAdapters } from '../backbone/adapters.ts';

/** Adapters as the engine takes them: stacked, reasoning first. */
export type StackedAdapters = ReturnType<typeof stackAdapters>;

export interface RunAdapters {
  readonly stacked: StackedAdapters;
  /** What they are, in one sentence. */
  readonly note: string;
}

/** Rank and α of untrained adapters, as published for this method (rank 16, α twice the rank). */
const RANK = 16;
const ALPHA = 32;

/**
 * The adapters that a run uses: `adapters/reasoning` and `adapters/tool` (PEFT folders beside the model) where there are
 * both, whatever is measured; otherwise untrained ones where the adapters are what is measured, and none else.
 * @throws BackboneError when the folders do not fit the model
 */
export async function runAdapters(source: BackboneSource, config: DecoderConfig, parameterSet: ParameterSet, seed: number): Promise<RunAdapters | null> {
  const paths = await source.list();
  const folders = ['adapters/reasoning', 'adapters/tool'];
  if (folders.every((folder) => paths.includes(`${folder}/adapter_config.json`))) {
    const adapters = await Promise.all(folders.map((folder) => readAdapter(source, folder, config)));
    return { stacked: stackAdapters(config, adapters), note: `The backbone's own adapters are active (rank ${adapters[0].rank}).` };
  }
  if (parameterSet === 'full') return null;
  const random = new Random(seed).stream('adapters');
  const stacked = initialAdapters(config, { count: 2, rank: RANK, alpha: ALPHA }, (adapter) => {
    const stream = random.stream(adapter);
    return () => stream.normal();
  });
  return { stacked, note: `The adapters are untrained (rank ${RANK}, B = 0): the gradient of A is exactly 0, so angles are over B.` };
}
