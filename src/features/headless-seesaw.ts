import { changeAt, evaluatedSteps, meanLeakage, skillAt, type SkillEstimate, stepMeans } from '../training/aggregate.ts';
import { armCost, type ArmCost, costSentence } from '../training/cost.ts';
import type { SkillName } from '../training/evaluate.ts';
import type { SeesawRunConfig } from '../lab/seesaw-events.ts';
import { knownArms, setSeesawSettings, useSeesawSettings } from '../state/seesaw/settings-store.ts';
import { useSeesawRun } from '../state/seesaw/run-store.ts';
import type { SeesawRunView, SeesawState } from '../state/seesaw/types.ts';
import { deviceName, type Session } from '../state/session.ts';
import type { HeadlessStatus } from './headless.ts';
import { type Finding, findingOfRuns } from './seesaw/finding.ts';

/** What `npm run reproduce -- seesaw` asks for; null: the page's default. */
export interface HeadlessSeesawOptions {
  readonly arms: readonly string[];
  readonly seeds: readonly number[];
  readonly steps: number | null;
  readonly questions: number | null;
  readonly samples: number | null;
  readonly rates: readonly number[] | null;
  readonly kl: number | null;
  readonly epochs: number | null;
  readonly schedule: 'constant' | 'cosine' | null;
  readonly denominator: 'sum' | 'response' | 'ability' | null;
  readonly rank: number | null;
  readonly trainSets: readonly string[] | null;
  readonly evalSet: string | null;
  readonly evalQuestions: number | null;
  readonly evalSamples: number | null;
  readonly evalEvery: number | null;
  readonly batch: number | null;
  readonly provider: SeesawRunConfig['provider'] | null;
  /** The browser keeps its storage: checkpoints are kept, and gone on from. */
  readonly keep: boolean;
}

/** A skill at the first and at the last evaluation, means over seeds. */
export interface SkillChange {
  readonly start: SkillEstimate | null;
  /** Null where there was one evaluation alone. */
  readonly end: SkillEstimate | null;
  /** Question by question and seed by seed. */
  readonly change: SkillEstimate | null;
}

export interface HeadlessSeesawRow {
  readonly label: string;
  readonly seeds: number;
  readonly exactMatch: SkillChange;
  readonly toolSkill: SkillChange;
  readonly reasoningSkill: SkillChange;
  /** Means over steps and seeds; null where there is none. */
  readonly angle: number | null;
  readonly leakage: number | null;
  readonly cost: ArmCost;
}

export interface HeadlessSeesawResult {
  /** As the page says it; null where nothing was evaluated. */
  readonly finding: Finding | null;
  readonly rows: readonly HeadlessSeesawRow[];
  /** What the costs say. */
  readonly costs: string;
  /** Runs whose adapters can be taken. */
  readonly adapters: number;
  readonly questions: number;
  readonly seconds: number;
  readonly provider: string;
  readonly device: string;
  readonly notes: readonly string[];
}

export type HeadlessSeesawFile = 'record' | 'steps' | 'evaluations';

export interface HeadlessSeesaw {
  run(options: HeadlessSeesawOptions): Promise<HeadlessSeesawResult>;
  status(): HeadlessStatus;
  /** Steps taken of all runs and bytes that the decoder holds on the GPU; null before the first. */
  progress(): { readonly steps: number; readonly gpuBytes: number } | null;
  file(kind: HeadlessSeesawFile): Promise<void>;
  /** All runs' adapters as one zip: Chromium stops a page that downloads more than ten files by itself. */
  adapters(): Promise<void>;
}

export function headlessSeesaw(session: Session, { openBackbone, save }: { readonly openBackbone: () => Promise<void>; readonly save: (blob: Blob, name: string) => void }): HeadlessSeesaw {
  return {
    async run(options) {
      window.location.hash = '#/seesaw';
      await openBackbone();
      applyOptions(options);
      session.seesaw.start({ goOn: options.keep });
      return headlessSeesawResult(await settled(), session.seesaw.runs());
    },
    status: () => statusOf(useSeesawRun.getState()),
    progress() {
      const { progress } = useSeesawRun.getState();
      return progress && { steps: progress.done, gpuBytes: progress.gpuBytes };
    },
    async file(kind) {
      if (kind === 'record') save(await session.seesaw.exportRecord(), 'record.json');
      else save(session.seesaw.exportCsv(kind), `${kind}.csv`);
    },
    async adapters() {
      const trained = session.seesaw.runs().filter(({ adaptersStep }) => adaptersStep !== null);
      save(await session.seesaw.exportAdapters(...trained.map(({ id }) => id)), 'adapters.zip');
    },
  };
}

/** Steps between checkpoints, where they are kept. */
const KEEP_EVERY = 5;

function applyOptions(options: HeadlessSeesawOptions): void {
  const before = useSeesawSettings.getState();
  const { training, evaluation } = before;
  const totalRank = options.rank ?? before.totalRank;
  const known = knownArms({ totalRank, ownArms: [] });
  const unknown = options.arms.find((id) => !known.some((arm) => arm.id === id));
  if (unknown !== undefined) throw new Error(`There is no arm "${unknown}": there are ${known.map(({ id }) => id).join(', ')}.`);
  setSeesawSettings({
    arms: options.arms,
    ownArms: [],
    totalRank,
    seeds: options.seeds,
    training: {
      ...training,
      steps: options.steps ?? training.steps,
      questions: options.questions ?? training.questions,
      samples: options.samples ?? training.samples,
      rates: options.rates ?? training.rates,
      kl: options.kl ?? training.kl,
      epochs: options.epochs ?? training.epochs,
      schedule: options.schedule ?? training.schedule,
      denominator: options.denominator ?? training.denominator,
    },
    trainSets: options.trainSets?.map((name) => ({ kind: 'bundled', name })) ?? before.trainSets,
    evaluation: {
      ...evaluation,
      questions: options.evalSet === null ? evaluation.questions : { kind: 'bundled', name: options.evalSet },
      maxQuestions: options.evalQuestions ?? evaluation.maxQuestions,
      samples: options.evalSamples ?? evaluation.samples,
      every: options.evalEvery ?? evaluation.every,
    },
    batch: options.batch ?? before.batch,
    provider: options.provider ?? before.provider,
    checkpointEvery: options.keep ? KEEP_EVERY : 0,
  });
}

function settled(): Promise<SeesawState> {
  return new Promise((resolve, reject) => {
    const unsubscribe = useSeesawRun.subscribe((run) => {
      if (run.status !== 'finished' && run.status !== 'failed' && run.status !== 'cancelled') return;
      unsubscribe();
      if (run.status === 'finished') resolve(run);
      else reject(new Error(run.failure ? `${run.failure.message} ${run.failure.remedy}` : 'The run was cancelled.'));
    });
  });
}

function statusOf({ status, phase, detail, device, progress }: SeesawState): HeadlessStatus {
  return {
    status: status === 'loading' ? 'running' : status,
    phase: phase ?? '',
    detail,
    device: deviceName(device),
    fraction: progress ? progress.done / Math.max(1, progress.total) : 0,
    tokensPerSecond: progress?.tokensPerSecond ?? 0,
    secondsLeft: progress?.secondsLeft ?? null,
    analysing: false,
  };
}

/** What the runs of a finished experiment come to. @throws Error where nothing was trained */
export function headlessSeesawResult({ config, ready, seconds, device }: SeesawState, runs: readonly SeesawRunView[]): HeadlessSeesawResult {
  if (!config || !ready) throw new Error('The run ended before it trained anything.');
  const { questions, samples } = config.training;
  const costed = config.arms.map((arm, index) => {
    const own = runs.filter(({ id }) => id.arm === arm.id);
    return { arm, own, cost: armCost(arm, ready.parameters.at(index) ?? 0, own.flatMap(({ steps }) => steps), questions * samples) };
  });
  return {
    finding: findingOfRuns(runs),
    rows: costed.map(({ arm, own, cost }) => rowOf(arm.label, own, cost)),
    costs: costSentence(costed),
    adapters: runs.filter(({ adaptersStep }) => adaptersStep !== null).length,
    questions: ready.evaluationQuestions,
    seconds: seconds ?? 0,
    provider: ready.provider.reason,
    device: deviceName(device),
    notes: ready.notes,
  };
}

function rowOf(label: string, runs: readonly SeesawRunView[], cost: ArmCost): HeadlessSeesawRow {
  const steps = runs.map((run) => run.steps);
  const average = (values: readonly { readonly mean: number }[]): number | null => (values.length === 0 ? null : values.reduce((sum, { mean }) => sum + mean, 0) / values.length);
  return {
    label,
    seeds: runs.length,
    exactMatch: changeOf(runs, 'exactMatch'),
    toolSkill: changeOf(runs, 'toolSkill'),
    reasoningSkill: changeOf(runs, 'reasoningSkill'),
    angle: average(stepMeans(steps, ({ gradients }) => gradients.angle)),
    leakage: average(stepMeans(steps, meanLeakage)),
    cost,
  };
}

function changeOf(runs: readonly SeesawRunView[], skill: SkillName): SkillChange {
  const seeds = runs.map(({ points }) => points);
  const steps = evaluatedSteps(seeds);
  const [first, last] = [steps.at(0), steps.at(-1)];
  const end = last === undefined || last === first ? null : last;
  return {
    start: first === undefined ? null : skillAt(seeds, skill, first),
    end: end === null ? null : skillAt(seeds, skill, end),
    change: end === null ? null : changeAt(seeds, skill, end),
  };
}
