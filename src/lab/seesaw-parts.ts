import type { EnvironmentSettings, Question, Retriever } from '../agent/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { EncodedTrajectory, LineProblem } from '../core/trajectory/types.ts';
import type { Decoder } from '../engine/decoder.ts';
import type { OptimiserState } from '../engine/optimiser.ts';
import type { Provider } from '../inference/types.ts';
import type { QuestionChoice } from '../agent/choices.ts';
import type { Arm } from '../training/arms.ts';
import type { Evaluation } from '../training/evaluate.ts';
import type { StepReport } from '../training/trainer.ts';
import type { RunDevice } from './angle-run.ts';
import type { CheckpointHeader, AdapterFile, RunId, SeesawRunConfig } from './seesaw-events.ts';
import type { ProviderReport } from './rollout-events.ts';
import type { StackedAdapters } from './run-adapters.ts';

/** A graphics device on which adapters can be trained. */
export interface TrainingDevice extends RunDevice {
  createDecoder(backbone: Backbone, adapters: StackedAdapters | null, onCompiled: (done: number, total: number) => void): Promise<Decoder>;
}

/** Everything that the runs of an experiment have in common. */
export interface Lessons {
  readonly sets: readonly (readonly Question[])[];
  /** Null for GRPO, which makes its own. */
  readonly trajectories: readonly EncodedTrajectory[] | null;
  readonly evaluation: readonly Question[];
  readonly retriever: Retriever;
  /** Null where gold passages are not known (a server). */
  readonly gold: ((question: Question) => Retriever) | null;
  readonly environment: EnvironmentSettings;
}

/** One arm with one seed, ready to learn. */
export interface Learner {
  readonly report: ProviderReport;
  /** What was worked around, in sentences. */
  readonly notes: readonly string[];
  readonly memory: { readonly bytes: number; readonly peakBytes: number };
  /** @param frozen adapters, by index, that keep their values */
  step(step: number, frozen: readonly number[]): Promise<StepReport>;
  evaluate(): Promise<Evaluation>;
  state(): Promise<OptimiserState>;
  restore(state: OptimiserState): Promise<void>;
  adapters(): Promise<readonly AdapterFile[]>;
  close(): void;
}

export interface LearnerRequest {
  readonly arm: Arm;
  readonly seed: number;
  readonly device: TrainingDevice;
  readonly backbone: Backbone;
  readonly lessons: Lessons;
  /** The provider that the first run got is everyone's. */
  readonly provider: Provider | 'auto';
  readonly checkpoint: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly onCompiled: (done: number, total: number) => void;
}

/** Where checkpoints are kept. */
export interface CheckpointKeeper {
  /** @throws Error with a sentence and a way out where it cannot be kept; an earlier one of the run then stands */
  save(header: CheckpointHeader, state: OptimiserState): Promise<{ readonly bytes: number }>;
  /** The newest one of the run that fits, or null. */
  find(run: RunId, configSha256: string): Promise<{ readonly header: CheckpointHeader; readonly state: OptimiserState } | null>;
}

/** Where a training run gets its parts from; a worker gives the real ones, tests give small ones. */
export interface SeesawParts {
  /** Also asked for again after a loss. @throws an error with `remedy` */
  openDevice(): Promise<TrainingDevice>;
  loadBackbone(progress: (step: string) => void): Promise<Backbone>;
  loadQuestions(choice: QuestionChoice): Promise<{ readonly questions: readonly Question[]; readonly problems: readonly LineProblem[] }>;
  /** Of a supervised objective. */
  loadTrajectories(config: SeesawRunConfig, backbone: Backbone): Promise<{ readonly encoded: readonly EncodedTrajectory[]; readonly problems: readonly LineProblem[]; readonly notes: readonly string[] }>;
  createRetriever(
    progress: (detail: string, fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<{ readonly retriever: Retriever; readonly gold: Lessons['gold']; readonly problems: readonly LineProblem[] }>;
  openLearner(request: LearnerRequest): Promise<Learner>;
  /** Null: none are kept. @throws an error with a sentence where the browser refuses storage */
  openCheckpoints(): Promise<CheckpointKeeper | null>;
  /** Whether runs go on from their checkpoints. */
  readonly resume: boolean;
  /**
   * Adapters that keep their values, as the page has last said; a new list each time it says so. What it said of one run
   * does not hold for the next, whose adapters are others.
   */
  frozen(): readonly number[];
  /** Milliseconds; `performance.now` where nothing else is given. */
  readonly now?: () => number;
  /** Lets messages in between steps. */
  readonly breathe?: () => Promise<void>;
}
