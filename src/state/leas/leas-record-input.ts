import type { ExperimentAnalysis } from '../../core/leas/experiment.ts';
import { type LeasRecord, type LeasRecordInput, leasConfigSchema, type PlainLeasConfig } from '../../core/leas/record.ts';
import { MODELS } from '../../core/leas/models.ts';
import { LEAS_WRITERS } from '../../core/leas/writers.ts';
import type { QuestionChoice, RetrieverChoice } from '../../agent/choices.ts';
import type { LeasRunConfig } from '../../lab/leas-events.ts';
import { NO_SEED } from '../../replay/leas-steps.ts';
import type { Counted, LeasRun } from './leas-run.ts';

/** A replay needs no finer times. */
const MOST_TIMES = 240;

/** Everything that a record of this run, or of these counts, is made from. @param file bytes of a file of counts */
export function recordInput(run: LeasRun, analysis: ExperimentAnalysis, file: Uint8Array<ArrayBuffer> | null): LeasRecordInput {
  const { config, opened, ready, device, seconds, progress, sets } = run.snapshot();
  const base = {
    app: { version: __APP_VERSION__, commit: __APP_COMMIT__ },
    createdAt: new Date(),
    browser: navigator.userAgent,
    counts: run.counts(),
    analysis,
    device: device && { ...device, features: [...device.features] },
    timings: { seconds: seconds ?? (progress?.at ?? 0) / 1000 },
  };
  if (opened !== null) {
    const { name, format, rows, problems, notes, unknownModels, mapping } = opened;
    return {
      ...base,
      config: { settings: analysis.settings, mapping, run: null },
      file,
      hashes: { weights: null, adapters: [] },
      sets: sets.map(() => ({ name: null, questions: [] })),
      source: { name, format, rows, problems: [...problems], notes: [...notes], unknownModels: [...unknownModels] },
      backbone: null,
      timeline: [],
      rollouts: [],
    };
  }
  if (config === null || ready === null) throw new Error('Nothing is counted yet.');
  const { name, parameters, quantisation, sha256 } = ready.backbone;
  return {
    ...base,
    // The schema drops the files.
    config: { settings: analysis.settings, mapping: new Map(), run: leasConfigSchema.parse(config) },
    file: null,
    hashes: { weights: sha256, adapters: ready.seeds.flatMap(({ seed, arms }) => arms.map((arm) => ({ ...arm, seed }))) },
    sets: ready.sets.map((set) => ({ name: set.name, questions: set.questions.map((question) => ({ ...question, goldenAnswers: [...question.goldenAnswers], supportingTitles: [...question.supportingTitles] })) })),
    source: { name: 'rollouts', format: 'rollouts', rows: base.counts.compared.reduce((sum, { n }) => sum + n, 0), problems: [...ready.problems], notes: [...ready.notes], unknownModels: [] },
    backbone: { name, parameters, quantisation },
    timeline: timelineOf(run.counted),
    rollouts: run.recorded().map((rollout) => ({ ...rollout, spans: [...rollout.spans] })),
  };
}

/** What came when, of the seven models with search, at so many times at most; what came together is added up. */
export function timelineOf(counted: readonly Counted[]): LeasRecord['timeline'] {
  const end = counted.at(-1)?.at ?? 0;
  const width = Math.max(1, end / MOST_TIMES);
  const entries = new Map<string, LeasRecord['timeline'][number]>();
  for (const { at, increments } of counted) {
    const time = Math.round(Math.ceil(at / width) * width);
    for (const { set, seed, writer, retrieval, question, n, k } of increments) {
      if (retrieval !== 'search' || !MODELS.some((model) => model === writer)) continue;
      const key = `${time} ${set} ${seed ?? ''} ${writer} ${question}`;
      const entry = entries.get(key);
      entries.set(key, [time, set, seed ?? NO_SEED, LEAS_WRITERS.indexOf(writer), question, k + (entry?.[5] ?? 0), n + (entry?.[6] ?? 0)]);
    }
  }
  return [...entries.values()];
}

const EMPTY = new Blob();

/** A recorded configuration as the page shows it; its files are empty, for nothing reads them. */
export function shownLeasConfig({ models, sets, retriever, ...rest }: PlainLeasConfig): LeasRunConfig {
  const questions = (choice: PlainLeasConfig['sets'][number]['questions']): QuestionChoice => (choice.kind === 'file' ? { ...choice, blob: EMPTY } : choice);
  const search: RetrieverChoice = retriever.kind === 'file' ? { ...retriever, blob: EMPTY } : retriever;
  return {
    ...rest,
    models: models.kind === 'train' ? { ...models, trainSets: models.trainSets.map(questions) } : models.kind === 'given' ? { ...models, arms: models.arms.map((arm) => ({ ...arm, files: [] })) } : models,
    sets: sets.map((set) => ({ ...set, questions: questions(set.questions) })),
    retriever: search,
  };
}
