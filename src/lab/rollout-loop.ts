import type { EnvironmentSettings, Question, Retriever, Rollout, SearchCall, TokenAdded, Writing } from '../agent/types.ts';
import type { TextTokenizer } from '../backbone/tokenizer.ts';
import type { RoutedSession, SamplingSettings } from '../inference/types.ts';

export interface RolloutWriter {
  readonly session: RoutedSession;
  readonly writing: Writing;
}
export interface RolloutTask {
  readonly id: string;
  readonly question: Question;
  readonly sample: number;
  readonly writer: number;
  readonly stream: boolean;
}
export interface RolloutTimings {
  readonly sampling: number;
  readonly environment: number;
}
export interface RolloutOptions {
  readonly tokenizer: TextTokenizer;
  readonly environment: EnvironmentSettings;
  readonly retriever: Retriever;
  readonly sampling: SamplingSettings;
  readonly alternatives: number;
  readonly seed: number;
  readonly batch: number;
  readonly writers: readonly RolloutWriter[];
  readonly onToken?: (token: TokenAdded) => void;
  readonly onSearch?: (id: string, call: SearchCall, answered: boolean) => void;
  readonly onRollout: (rollout: Rollout) => void;
  readonly onProblem?: (task: RolloutTask, sentence: string) => void;
  readonly checkpoint: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}
export type RunRollouts = (tasks: readonly RolloutTask[], options: RolloutOptions) => Promise<RolloutTimings>;
