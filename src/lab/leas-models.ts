import { stackAdapters } from '../backbone/adapters.ts';
import type { Backbone } from '../backbone/load.ts';
import { readAdapter } from '../backbone/peft.ts';
import { sha256 } from '../backbone/sha256.ts';
import { filesSource } from '../backbone/sources.ts';
import type { LoraAdapter } from '../backbone/types.ts';
import { LEAS_ARMS, type LeasArm } from '../core/leas/writers.ts';
import { standardArms } from '../training/arms.ts';
import { plural } from './encode.ts';
import type { LeasEvent, LeasModels, LeasRunConfig, TrainedArm } from './leas-events.ts';
import type { LeasParts } from './leas-parts.ts';
import { LeasError } from './leas-plan.ts';
import type { RunControl } from './run-control.ts';
import type { SeesawEvent, SeesawRunConfig } from './seesaw-events.ts';
import { trainedArmsAmong } from './trained-arms.ts';
import { adapterFolders } from './writer-adapters.ts';

type TrainModels = Extract<LeasModels, { readonly kind: 'train' }>;

/** Steps between checkpoints where they are kept: a step of the bundled backbone takes seconds, so that little is lost. */
const CHECKPOINT_EVERY = 5;

/** Arms that the hybrids are made of; the others stand beside them. */
const HYBRID_ARMS: readonly LeasArm[] = ['joint', 'reasoning-only', 'tool-only'];

/** Arms that a run uses. */
export function wantedArms(comparisonSamples: number): readonly LeasArm[] {
  return LEAS_ARMS.filter((arm) => comparisonSamples > 0 || HYBRID_ARMS.includes(arm));
}

/**
 * The training before the rollouts. It is evaluated as little as can be: LEAS measures by itself. On a training question,
 * so that other sets change nothing of what the checkpoints belong to.
 */
export function trainingConfig(config: LeasRunConfig, { seeds, totalRank, training, trainSets }: TrainModels): SeesawRunConfig {
  const { backbone, retriever, environment, batch, provider, keep, comparisonSamples } = config;
  if (trainSets.length === 0) throw new LeasError('There are no training questions.', 'Choose at least one training set.');
  const wanted: readonly string[] = wantedArms(comparisonSamples);
  return {
    backbone,
    arms: standardArms(totalRank).filter(({ id }) => wanted.includes(id)),
    seeds,
    objective: { kind: 'grpo' },
    training,
    trainSets,
    retriever,
    environment,
    evaluation: { questions: trainSets[0], maxQuestions: 1, samples: 1, every: 0, seed: 1 },
    batch,
    provider,
    checkpointEvery: keep ? CHECKPOINT_EVERY : 0,
  };
}

export interface ModelSource {
  readonly parts: LeasParts;
  readonly control: RunControl;
  readonly emit: (event: LeasEvent) => void;
  readonly elapsed: () => number;
}

/** The trained arms of a run: trained, fetched or given. @throws an error with `remedy`; the run's own when it was cancelled */
export async function trainedArms(config: LeasRunConfig, source: ModelSource): Promise<readonly TrainedArm[]> {
  const { models } = config;
  if (models.kind === 'given') return models.arms;
  if (models.kind === 'train') return train(trainingConfig(config, models), config.keep, source);
  const arms = trainedArmsAmong(await source.parts.loadBundled());
  if (arms.length === 0) throw new LeasError('The trained adapters that come with the page hold no arm of LEAS.', 'Train the models here, or open PEFT folders of your own.');
  return arms;
}

async function train(config: SeesawRunConfig, goOn: boolean, { parts, control, emit, elapsed }: ModelSource): Promise<readonly TrainedArm[]> {
  const taken = new Map<string, TrainedArm>();
  let last: SeesawEvent | null = null;
  await parts.train(config, goOn, control, (event) => {
    last = event;
    emit({ type: 'training', at: elapsed(), event });
    // Its pauses are this run's.
    if (event.type === 'paused' || event.type === 'resumed') emit({ type: event.type, at: elapsed() });
    if (event.type !== 'adapters') return;
    const { run, files } = event;
    const arm = LEAS_ARMS.find((known) => known === run.arm);
    if (arm !== undefined) taken.set(`${arm} ${run.seed}`, { arm, seed: run.seed, files });
  });
  const end = endOf(last);
  if (end !== null) throw end;
  return config.seeds.flatMap((seed) => LEAS_ARMS.flatMap((arm) => taken.get(`${arm} ${seed}`) ?? []));
}

/** Why the training has not finished; null where it has. */
function endOf(last: SeesawEvent | null): LeasError | null {
  if (last?.type === 'finished') return null;
  if (last?.type === 'failed') return new LeasError(last.failure.message, last.failure.remedy);
  return new LeasError('The training ended before it was finished.', 'Run again; checkpoints that were kept are gone on from.');
}

/** An arm of a training seed as it is used. */
export interface LoadedArm {
  readonly adapters: readonly LoraAdapter[];
  /** Of rank, α and values. */
  readonly sha256: string;
}

export type LoadedArms = ReadonlyMap<LeasArm, LoadedArm>;

/** Adapters an arm consists of. */
function adaptersOf(arm: LeasArm): number {
  return HYBRID_ARMS.includes(arm) ? 1 : 2;
}

/** Words for where the models are from, and what else can be done, for failures. */
function originOf(models: LeasModels): { readonly name: string; readonly remedy: string } {
  switch (models.kind) {
    case 'train':
      return { name: 'The adapters that were trained', remedy: 'Run again; if it fails again, export the log from the details and report it.' };
    case 'bundled':
      return { name: 'The trained adapters that come with the page', remedy: 'They belong to the bundled backbone: choose it, or train the models here.' };
    case 'given':
      return { name: `The adapters "${models.name}"`, remedy: 'Open adapters that were trained on this backbone, or train the models here.' };
  }
}

/**
 * Reads the adapters of the wanted arms, by training seed in the order given.
 * @throws LeasError when none fits, or one does not
 */
export async function loadArms(arms: readonly TrainedArm[], wanted: readonly LeasArm[], models: LeasModels, backbone: Backbone): Promise<ReadonlyMap<number, LoadedArms>> {
  const { name, remedy } = originOf(models);
  const refuse = (message: string): never => {
    throw new LeasError(message, remedy);
  };
  const seeds = new Map<number, Map<LeasArm, LoadedArm>>();
  for (const { arm, seed, files } of arms) {
    if (!wanted.includes(arm)) continue;
    const own = seeds.get(seed) ?? new Map<LeasArm, LoadedArm>();
    seeds.set(seed, own);
    if (own.has(arm)) refuse(`${name} hold ${arm} of training seed ${seed} twice.`);
    try {
      own.set(arm, await loadArm(arm, { arm, seed, files }, backbone));
    } catch (error) {
      refuse(`${name} do not fit the backbone "${backbone.name}": ${arm} of training seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (seeds.size === 0) refuse(`${name} hold none of the arms that are needed (${wanted.join(', ')}).`);
  return seeds;
}

async function loadArm(arm: LeasArm, { files }: TrainedArm, { config }: Backbone): Promise<LoadedArm> {
  const source = filesSource(arm, files);
  const folders = adapterFolders(await source.list());
  const count = adaptersOf(arm);
  if (folders.length !== count) throw new LeasError(`${plural(count, 'PEFT folder is', 'PEFT folders are')} needed, and there ${folders.length === 1 ? 'is 1' : `are ${folders.length}`}.`, '');
  const adapters = await Promise.all(folders.map((folder) => readAdapter(source, folder, config)));
  const { layout, values } = stackAdapters(config, adapters);
  const { rank, alpha } = layout.spec;
  const head = new TextEncoder().encode(`${count} ${rank} ${alpha}\n`);
  const bytes = new Uint8Array(head.length + values.byteLength);
  bytes.set(head);
  bytes.set(new Uint8Array(values.buffer), head.length);
  return { adapters, sha256: await sha256(bytes) };
}

/** What is missing and what that leaves out, in sentences. */
export function missingArms(seeds: ReadonlyMap<number, LoadedArms>, wanted: readonly LeasArm[]): readonly string[] {
  return wanted.flatMap((arm) => {
    const lacking = [...seeds].filter(([, arms]) => !arms.has(arm)).map(([seed]) => seed);
    if (lacking.length === 0) return [];
    const where = lacking.length === seeds.size ? 'There is no' : `${lacking.length === 1 ? `Training seed ${lacking[0]} has` : `Training seeds ${lacking.join(', ')} have`} no`;
    return [`${where} ${arm} arm; what is made of it is left out.`];
  });
}
