import type { OptimiserState } from '../engine/optimiser.ts';
import type { StepReport } from './trainer.ts';

/** What trains one arm with one seed, whatever its objective. A step is a function of the parameters, the seed and its number alone. */
export interface ArmTrainer {
  /** Step `step` (from 0). `frozen[u]`: adapter u keeps its values. */
  step(step: number, frozen?: readonly boolean[]): Promise<{ readonly report: StepReport }>;
  state(): Promise<OptimiserState>;
  /** @throws RangeError for a state of other adapters */
  restore(state: OptimiserState): Promise<void>;
  /** Gives the session the present values, where it does not share them. */
  publish(): Promise<void>;
  destroy(): void;
}
