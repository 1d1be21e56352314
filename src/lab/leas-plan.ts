import type { QuestionChoice } from '../agent/choices.ts';
import type { LoadedQuestions } from '../agent/datasets.ts';
import type { Question, Rollout } from '../agent/types.ts';
import { sha256Text } from '../backbone/sha256.ts';
import { MODELS } from '../core/leas/models.ts';
import { ARMS_OF, COMPARISON_CELLS, type LeasArm, type LeasWriter, type Retrieval } from '../core/leas/writers.ts';
import { canonicalJson } from '../core/record/canonical-json.ts';
import { Random } from '../core/random.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import type { LeasRollout, LeasRunConfig, LeasSpan } from './leas-events.ts';
import type { StoredRollout } from './leas-store.ts';

/** LEAS cannot be run so. */
export class LeasError extends Error {
  override readonly name = 'LeasError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** @throws LeasError with the first thing that cannot be */
export function requireRunnable({ models, sets, samples, comparisonSamples, batch, temperature, seed }: LeasRunConfig): void {
  const refuse = (message: string, remedy: string): never => {
    throw new LeasError(message, remedy);
  };
  if (sets.length === 0) refuse('There are no questions.', 'Choose at least one question set.');
  if (new Set(sets.map(({ label }) => label)).size < sets.length) refuse('Two question sets have the same label.', 'Give every set a label of its own.');
  if (!Number.isInteger(samples) || samples < 1) refuse('No rollouts are asked for.', 'Set at least one rollout of each question.');
  if (!Number.isInteger(comparisonSamples) || comparisonSamples < 0) refuse('The rollouts for the comparison are no number.', 'Set 0 for none, or a whole number.');
  if (!Number.isInteger(batch) || batch < 1) refuse('No rollout may decode.', 'Set a batch of at least 1.');
  if (!(temperature > 0)) refuse('At temperature 0 all rollouts of a question are the same, and there is nothing to count.', 'Set a temperature above 0, such as 1.');
  if (!Number.isSafeInteger(seed)) refuse('The seed is not a whole number.', 'Set a whole number.');
  if (models.kind === 'train' && models.seeds.length === 0) refuse('There is no training seed.', 'Give at least one.');
  if (models.kind === 'given' && models.arms.length === 0) refuse('No trained models are given.', 'Open the PEFT folders of the arms joint, reasoning-only and tool-only.');
}

/** A question set as it is rolled out. */
export interface PlannedSet {
  readonly label: string;
  readonly name: string;
  readonly questions: readonly Question[];
}

/**
 * The questions of a set in the order in which they are rolled out: those with golden answers, of an order that hangs on
 * the seed alone, so that asking for more of them adds to those before.
 */
export function plannedQuestions(questions: readonly Question[], { seed, maxQuestions }: { readonly seed: number; readonly maxQuestions: number }): { readonly questions: readonly Question[]; readonly problems: readonly LineProblem[] } {
  const problems = questions.flatMap(({ id, goldenAnswers }, index) => (goldenAnswers.length > 0 ? [] : [{ line: index + 1, reason: `the question ${id} has no golden answers, so that nothing it is answered can be counted` }]));
  const order = new Random(seed).stream('leas questions').shuffle([...questions]).filter(({ goldenAnswers }) => goldenAnswers.length > 0);
  return { questions: maxQuestions > 0 ? order.slice(0, maxQuestions) : order, problems };
}

/** The sets of a run. @throws LeasError for one without questions that can be counted */
export async function plannedSets({ sets: wanted, seed }: Pick<LeasRunConfig, 'sets' | 'seed'>, load: (choice: QuestionChoice) => Promise<LoadedQuestions>): Promise<{ readonly sets: readonly PlannedSet[]; readonly problems: readonly LineProblem[] }> {
  const sets: PlannedSet[] = [];
  const problems: LineProblem[] = [];
  for (const { label, questions: choice, maxQuestions } of wanted) {
    const loaded = await load(choice);
    const planned = plannedQuestions(loaded.questions, { seed, maxQuestions });
    if (planned.questions.length === 0) throw new LeasError(`The question set "${loaded.name}" has no question with golden answers, so that nothing can be counted.`, 'Choose another set, or a file whose questions have golden_answers.');
    sets.push({ label, name: loaded.name, questions: planned.questions });
    problems.push(...[...loaded.problems, ...planned.problems].map(({ line, reason }) => ({ line, reason: wanted.length > 1 ? `set ${label}: ${reason}` : reason })));
  }
  return { sets, problems };
}

/** What rolls out and with which retrieval. */
export interface WriterCell {
  readonly writer: LeasWriter;
  readonly retrieval: Retrieval;
}

/** A cell of one set and training seed (null: Base). */
export interface Cell extends WriterCell {
  readonly set: number;
  readonly seed: number | null;
}

export interface Samples {
  readonly samples: number;
  readonly comparisonSamples: number;
}

const MODEL_CELLS: readonly WriterCell[] = MODELS.map((writer) => ({ writer, retrieval: 'search' }));

/** Everything that is rolled out if every arm is there, the seven models first. @param gold whether gold passages are known */
export function writerCells(comparisonSamples: number, gold: boolean): readonly WriterCell[] {
  if (comparisonSamples === 0) return MODEL_CELLS;
  const others = COMPARISON_CELLS.filter(({ writer, retrieval }) => !isModelCell({ writer, retrieval }) && (gold || retrieval === 'search'));
  return [...MODEL_CELLS, ...others];
}

function isModelCell({ writer, retrieval }: WriterCell): boolean {
  return retrieval === 'search' && MODELS.some((model) => model === writer);
}

/** Rollouts of each question that a cell wants. */
export function wantedSamples(cell: WriterCell, { samples, comparisonSamples }: Samples): number {
  return isModelCell(cell) ? Math.max(samples, comparisonSamples) : comparisonSamples;
}

/** Whether a training seed's arms are all that the writer needs. */
export function canWrite(writer: LeasWriter, arms: ReadonlySet<LeasArm>): boolean {
  return ARMS_OF[writer].every((arm) => arms.has(arm));
}

/**
 * Name of a rollout's random numbers among those of its question. Rollouts of different cells share none: the error of a
 * difference between models is worked out for independent ones. Of the rollout itself alone, so that neither the order,
 * the batch, the number of samples nor other cells change it.
 */
export function drawsOf(label: string, { seed, writer, retrieval }: Omit<Cell, 'set'>, sample: number): string {
  return JSON.stringify([label, seed, writer, retrieval, sample]);
}

/** What all rollouts of a run are made with but for the writer. */
export function runFingerprint(made: { readonly backbone: string; readonly retriever: string } & Pick<LeasRunConfig, 'environment' | 'temperature' | 'seed'>): Promise<string> {
  const { backbone, retriever, environment, temperature, seed } = made;
  return sha256Text(canonicalJson({ leas: 1, backbone, retriever, environment, temperature, seed }));
}

/** Of a cell and question: what keeps its rollouts apart from all others in storage. @param arms SHA-256 of the values of the writer's arms */
export async function keyOf(label: string, { seed, writer, retrieval }: Omit<Cell, 'set'>, question: Question, arms: readonly string[]): Promise<string> {
  return (await sha256Text(canonicalJson({ label, seed, writer, retrieval, question, arms }))).slice(0, 32);
}

/** Text of the response by writer. */
export function spansOf({ promptTokens, roles, kinds, pieces }: Pick<Rollout, 'promptTokens' | 'roles' | 'kinds' | 'pieces'>): LeasSpan[] {
  const spans: { role: number; kind: LeasSpan['kind']; text: string }[] = [];
  for (let at = promptTokens; at < pieces.length; at += 1) {
    const last = spans.at(-1);
    if (last?.role === roles[at] && last.kind === kinds[at]) last.text += pieces[at];
    else spans.push({ role: roles[at], kind: kinds[at], text: pieces[at] });
  }
  return spans;
}

/** A finished rollout as it is told. */
export function leasRollout(cell: Cell, question: number, rollout: Rollout): LeasRollout {
  const { sample, reward, f1, hit, wellFormed, searches, answer } = rollout;
  return { ...ownOf(cell), question, sample, reward: reward ?? 0, f1: f1 ?? 0, hit: hit ?? false, wellFormed, searches: searches.length, answer, spans: spansOf(rollout) };
}

/** A kept rollout as it is told. */
export function keptRollout(cell: Cell, question: number, { spans, ...rest }: StoredRollout): LeasRollout {
  return { ...ownOf(cell), question, ...rest, spans: spans.map(([role, kind, text]) => ({ role, kind, text })) };
}

/** A rollout as it is kept. */
export function storedRollout({ sample, reward, f1, hit, wellFormed, searches, answer, spans }: LeasRollout): StoredRollout {
  return { sample, reward, f1, hit, wellFormed, searches, answer, spans: spans.map(({ role, kind, text }) => [role, kind, text]) };
}

function ownOf({ set, seed, writer, retrieval }: Cell): Cell {
  return { set, seed, writer, retrieval };
}
