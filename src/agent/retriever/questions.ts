import * as z from 'zod';
import type { LineProblem } from '../../core/trajectory/types.ts';
import { RetrieverError } from '../types.ts';
import type { Question } from '../types.ts';
import { readRecords } from './records.ts';
import type { RecordOptions } from './records.ts';
import { uniqueNames } from './unique-names.ts';

export interface QuestionFile {
  readonly questions: readonly Question[];
  readonly problems: readonly LineProblem[];
}

const ACCEPTED = "Give JSON Lines with id, question and golden_answers on every line, or HotpotQA's own JSON.";

const name = z.union([z.string(), z.number()]).nullish();
const answers = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()]))]).nullish();
/** Pairs of title and sentence number, or (FlashRAG's and the Hugging Face hub's copies) two lists. */
const supportingFacts = z.union([z.array(z.tuple([z.string(), z.number()])), z.looseObject({ title: z.array(z.string()) })]).nullish();
const hops = z.int().min(1).nullish();

/** What an unusual file says beside the question must not cost the question: it is then as if absent. */
const extras = { hops: hops.catch(null), supporting_facts: supportingFacts.catch(null), supporting_titles: z.array(z.string()).nullish().catch(null) };

const row = z.looseObject({
  id: name,
  _id: name,
  question: z.string(),
  golden_answers: answers,
  answer: answers,
  ...extras,
  metadata: z.looseObject(extras).nullish().catch(null),
});

/**
 * Reads questions: FlashRAG's JSON Lines (golden answers, and where present hops, supporting titles or facts), or
 * HotpotQA's own JSON. Bad lines are named with number and reason, the others kept. Ids are made unique.
 * @throws RetrieverError when not one question can be read; the signal's reason once it is aborted
 */
export async function readQuestions(file: Blob, options: RecordOptions = {}): Promise<QuestionFile> {
  const questions: Question[] = [];
  const problems: LineProblem[] = [];
  const unique = uniqueNames();
  for await (const record of readRecords(file, options)) {
    const result = record.reason === null ? questionOf(record.value, record.line) : record.reason;
    if (typeof result === 'string') problems.push({ line: record.line, reason: result });
    else questions.push({ ...result, id: unique(result.id) });
  }
  if (questions.length > 0) return { questions, problems };
  if (problems.length === 0) throw new RetrieverError('The file holds no question.', ACCEPTED);
  throw new RetrieverError(`No line of the file could be read as a question; line ${problems[0].line}: ${problems[0].reason}.`, ACCEPTED);
}

function questionOf(value: unknown, line: number): Question | string {
  const parsed = row.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue.path.join('.');
    return path === '' ? 'not a JSON object' : `${path}: ${issue.message}`;
  }
  const { data } = parsed;
  const question = data.question.trim();
  if (question === '') return 'the question is empty';
  const golden = data.golden_answers ?? data.answer ?? [];
  const titles = [...new Set([data, data.metadata].flatMap((part) => (part ? [...(part.supporting_titles ?? []), ...titlesOf(part.supporting_facts)] : [])))];
  return {
    id: String(data.id ?? data._id ?? `line ${line}`),
    question,
    goldenAnswers: (Array.isArray(golden) ? golden : [golden]).map((answer) => String(answer).trim()).filter((answer) => answer !== ''),
    // A question of HotpotQA needs a fact of every supporting passage.
    hops: data.hops ?? data.metadata?.hops ?? (titles.length > 0 ? titles.length : null),
    supportingTitles: titles,
  };
}

function titlesOf(facts: z.infer<typeof supportingFacts>): readonly string[] {
  if (facts === null || facts === undefined) return [];
  return Array.isArray(facts) ? facts.map(([title]) => title) : facts.title;
}
