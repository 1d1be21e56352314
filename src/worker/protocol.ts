import type { TagReport } from '../backbone/tag-tokens.ts';
import type { AngleAnalysis, AngleSettings } from '../core/angles/types.ts';
import type { GramBlock, SpanGram } from '../core/gram/types.ts';
import type { LeasSettings } from '../core/leas/analyse.ts';
import type { ExperimentAnalysis, ExperimentCounts } from '../core/leas/experiment.ts';
import type { TagPreset } from '../core/trajectory/tags.ts';
import type { AngleEvent, AngleRunConfig, DeviceReport, Failure } from '../lab/events.ts';
import type { LeasEvent, LeasRunConfig, LeasSteer } from '../lab/leas-events.ts';
import type { ModelCheckConfig, ModelCheckEvent } from '../lab/model-check-events.ts';
import type { RolloutEvent, RolloutRunConfig } from '../lab/rollout-events.ts';
import type { SeesawEvent, SeesawRunConfig, SeesawSteer } from '../lab/seesaw-events.ts';
import type { TagWarmUpConfig, TagWarmUpEvent } from '../lab/tag-warm-up-events.ts';
import type { JobKind } from './job-queue.ts';

/** Tags as single tokens: the means of their words, or rows of a file (tag_tokens.safetensors). */
export interface TagTokensChoice {
  /** The backbone's name without them. */
  readonly baseName: string;
  readonly tags: readonly string[];
  readonly rows: 'mean' | { readonly blob: Blob; readonly sha256: string };
}

/**
 * A backbone to load: bundled by name, kept in this browser after a download, or files that the user gave. With tags as
 * tokens its name says so (`tagTokensName`), as the loaded backbone's does.
 */
export type BackboneChoice = (
  | { readonly kind: 'bundled'; readonly name: string }
  | { readonly kind: 'kept'; readonly name: string; readonly key: string }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly { readonly path: string; readonly blob: Blob }[] }
) & { readonly tagTokens?: TagTokensChoice };

/** The choice without tags as tokens: what its files hold. */
export function plainChoice({ tagTokens, ...choice }: BackboneChoice): BackboneChoice {
  return tagTokens ? { ...choice, name: tagTokens.baseName } : choice;
}

/** Trajectories: a bundled data set's address or a blob the user gave. */
export type TrajectoriesChoice =
  | { readonly kind: 'bundled'; readonly name: string; readonly url: string }
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob };

/** What there is to say of the tags of each dialect on a backbone. */
export type TagReports = Readonly<Record<TagPreset, TagReport>>;
export type TagReportResult = { readonly reports: TagReports } | { readonly failure: Failure };

export interface GoldenFiles {
  readonly files: readonly { readonly path: string; readonly blob: Blob }[];
}

/** One row of a golden check: a tensor group, its largest error relative to its tensor's largest value, and the verdict. */
export interface CheckRow {
  readonly group: string;
  readonly tensors: number;
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** Page to worker. */
export type Command =
  /**
   * `run` numbers the run: its events carry it, so that those of a run that was given up are told apart. `base` is the
   * page's address, which bundled names and addresses are relative to (a worker's own is its script's).
   */
  | { readonly type: 'run'; readonly run: number; readonly base: string; readonly config: AngleRunConfig; readonly backbone: BackboneChoice; readonly trajectories: TrajectoriesChoice }
  | { readonly type: 'rollouts'; readonly run: number; readonly base: string; readonly config: RolloutRunConfig; readonly backbone: BackboneChoice }
  /** `goOn`: every run goes on from its checkpoint where it has one. */
  | { readonly type: 'seesaw'; readonly run: number; readonly base: string; readonly config: SeesawRunConfig; readonly backbone: BackboneChoice; readonly goOn: boolean }
  | { readonly type: 'steer'; readonly steer: SeesawSteer }
  | { readonly type: 'leas'; readonly run: number; readonly base: string; readonly config: LeasRunConfig; readonly backbone: BackboneChoice }
  | { readonly type: 'steer-leas'; readonly steer: LeasSteer }
  | { readonly type: 'model-check'; readonly run: number; readonly base: string; readonly config: ModelCheckConfig; readonly backbone: BackboneChoice }
  | { readonly type: 'tag-warm-up'; readonly run: number; readonly base: string; readonly config: TagWarmUpConfig; readonly backbone: BackboneChoice; readonly trajectories: TrajectoriesChoice }
  | { readonly type: 'pause' | 'resume' | 'step' | 'cancel'; readonly job: JobKind }
  | { readonly type: 'check'; readonly golden: GoldenFiles | null }
  | { readonly type: 'tags'; readonly question: number; readonly base: string; readonly backbone: BackboneChoice }
  | { readonly type: 'probe' };

/** Worker to page. */
export type Message =
  | { readonly type: 'event'; readonly run: number; readonly event: AngleEvent }
  | { readonly type: 'rollout-event'; readonly run: number; readonly event: RolloutEvent }
  | { readonly type: 'seesaw-event'; readonly run: number; readonly event: SeesawEvent }
  | { readonly type: 'leas-event'; readonly run: number; readonly event: LeasEvent }
  | { readonly type: 'model-check-event'; readonly run: number; readonly event: ModelCheckEvent }
  | { readonly type: 'tag-warm-up-event'; readonly run: number; readonly event: TagWarmUpEvent }
  | { readonly type: 'check'; readonly rows: readonly CheckRow[]; readonly device: DeviceReport }
  | { readonly type: 'check-failed'; readonly failure: Failure }
  | { readonly type: 'tags'; readonly question: number; readonly result: TagReportResult }
  | { readonly type: 'probe'; readonly device: DeviceReport | null; readonly failure: Failure | null };

/**
 * Page to analysis worker, and back: one answer a request, by its number. A Gram grows to tens of megabytes, and copying
 * it whole at every update would hold up the page: the worker keeps the blocks it has, and only new ones are sent.
 */
export interface AnalysisRequest {
  readonly id: number;
  readonly gram: Omit<SpanGram, 'blocks'>;
  /** Groups of the Gram's blocks, in order; the worker forgets all others. */
  readonly groups: readonly string[];
  /** Blocks that are new or changed since the last request. */
  readonly blocks: readonly GramBlock[];
  readonly settings: AngleSettings;
}
/** LEAS from counts, which are small enough to be sent whole. */
export interface LeasAnalysisRequest {
  readonly id: number;
  readonly counts: ExperimentCounts;
  readonly settings: LeasSettings;
}
export type AnalysisReply = { readonly id: number; readonly analysis: AngleAnalysis } | { readonly id: number; readonly experiment: ExperimentAnalysis } | { readonly id: number; readonly failure: Failure };
