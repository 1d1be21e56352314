import * as z from 'zod';
import type { LineProblem } from '../trajectory/types.ts';
import type { Count } from './accuracy.ts';
import type { QuestionCounts } from './coefficients.ts';
import { delimiterOf, readCsv } from './csv-reader.ts';
import { MODELS, resolveModel } from './models.ts';
import type { Model } from './models.ts';

/** A file that holds no counts at all; a file with some good rows is read, its bad rows named. */
export class CountsError extends Error {
  override readonly name = 'CountsError';
  /** Names of models that are none, for a mapping. */
  readonly unknownModels: CountsFile['unknownModels'];
  constructor(message: string, unknownModels: CountsFile['unknownModels'] = []) {
    super(message);
    this.unknownModels = unknownModels;
  }
}

/** Counts of one training seed. */
export interface SeedCounts {
  /** Null where the file tells no seeds. */
  readonly seed: string | null;
  /** In the order of the file. */
  readonly questions: readonly QuestionCounts[];
}

export interface CountsFile {
  readonly format: 'csv' | 'json-lines';
  readonly seeds: readonly SeedCounts[];
  /** Rows that entered. */
  readonly rows: number;
  /** Rows that did not, with the reason. */
  readonly problems: readonly LineProblem[];
  /** What was done to rows that entered; sentences. */
  readonly notes: readonly string[];
  /** Names of models that are none, for a mapping. */
  readonly unknownModels: readonly { readonly name: string; readonly rows: number }[];
}

/** Beyond this a count is a mistake, and exact draws of it would take long. */
export const MOST_SAMPLES = 100_000;

const REQUIRED = ['question', 'model', 'k', 'n'] as const;
/** A column of this name tells training seeds apart. Rows with it empty (Base is not trained) belong to every seed. */
const SEED_NAMES = new Set(['seed', 'training_seed', 'train_seed']);

/** A row by column names in lower case. */
type Fields = ReadonlyMap<string, string>;
type RowResult = { readonly line: number; readonly fields: Fields } | { readonly line: number; readonly reason: string };

/**
 * Reads counts: CSV with a header, or JSON Lines (what begins with a brace). Columns question, model, k, n in any order
 * and case; `seed` where there are several training seeds; others are attributes of the question. Rows of the same
 * seed, question and model add up.
 * @param mapping other names of models
 * @throws CountsError when no row could be used, or a column is missing
 */
export function readCounts(text: string, mapping: ReadonlyMap<string, Model> = new Map()): CountsFile {
  const json = /^\uFEFF?\s*\{/.test(text);
  const gathering = new Gathering(mapping);
  for (const row of json ? jsonRows(text) : csvRows(text)) {
    if ('reason' in row) gathering.problems.push(row);
    else gathering.take(row.line, row.fields);
  }
  return gathering.finish(json ? 'json-lines' : 'csv');
}

function* csvRows(text: string): Generator<RowResult> {
  // The header's own delimiters; comment lines before it may hold any.
  const header = text.split(/\r\n|\n|\r/, 1_000).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  let names: string[] | null = null;
  for (const { line, cells, open } of readCsv(text, delimiterOf(header))) {
    if (names === null) {
      names = cells.map((cell) => cell.trim().toLowerCase());
      const absent = REQUIRED.filter((name) => !names!.includes(name));
      if (absent.length > 0) throw new CountsError(`The header lacks the column${absent.length > 1 ? 's' : ''} ${absent.join(', ')}: it reads “${cells.join(', ').slice(0, 200)}”. Needed are question, model, k and n.`);
      const twice = names.find((name, index) => name !== '' && names!.indexOf(name) !== index);
      if (twice !== undefined) throw new CountsError(`The header has the column ${twice} twice.`);
      continue;
    }
    if (open) yield { line, reason: 'a quote is opened and never closed' };
    else if (cells.length !== names.length) yield { line, reason: `${cells.length} cells where the header has ${names.length}${cells.length > names.length ? ' (a cell with a delimiter in it needs quotes)' : ''}` };
    else yield { line, fields: new Map(names.map((name, index) => [name, cells[index].trim()])) };
  }
}

const jsonRow = z.record(z.string(), z.unknown());

function* jsonRows(text: string): Generator<RowResult> {
  let line = 0;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    line++;
    if (raw.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(raw);
    } catch (error) {
      yield { line, reason: `not JSON (${error instanceof Error ? error.message : 'unreadable'})` };
      continue;
    }
    const parsed = jsonRow.safeParse(value);
    if (!parsed.success) {
      yield { line, reason: 'not a JSON object' };
      continue;
    }
    const fields = new Map<string, string>();
    for (const [name, entry] of Object.entries(parsed.data)) {
      if (entry === null) continue;
      fields.set(name.trim().toLowerCase(), typeof entry === 'string' ? entry.trim() : JSON.stringify(entry));
    }
    const absent = REQUIRED.filter((name) => !fields.has(name));
    yield absent.length > 0 ? { line, reason: `${absent.join(', ')} ${absent.length > 1 ? 'are' : 'is'} missing` } : { line, fields };
  }
}

/** Seed of rows that belong to every seed. */
const EVERY_SEED = '';

interface Gathered {
  readonly seed: string;
  readonly question: string;
  readonly model: Model;
  readonly count: Count;
}

class Gathering {
  readonly problems: LineProblem[] = [];
  readonly #mapping: ReadonlyMap<string, Model>;
  readonly #cells = new Map<string, Gathered>();
  readonly #attributes = new Map<string, Map<string, string>>();
  readonly #unknown = new Map<string, number>();
  readonly #notes: string[] = [];
  /** Columns whose value differs between rows of a question, with the number of such rows. */
  readonly #differing = new Map<string, number>();
  #rows = 0;
  #repeated = 0;
  #firstRepeated = 0;

  constructor(mapping: ReadonlyMap<string, Model>) {
    this.#mapping = mapping;
  }

  take(line: number, fields: Fields): void {
    const reason = this.#enter(line, fields);
    if (reason !== null) this.problems.push({ line, reason });
  }

  /** Why the row is refused, or null. */
  #enter(line: number, fields: Fields): string | null {
    const question = fields.get('question') ?? '';
    if (question === '') return 'the question is empty';
    const name = fields.get('model') ?? '';
    if (name === '') return 'the model is empty';
    const k = wholeNumber(fields.get('k') ?? '');
    if (k === null) return `k is “${shown(fields.get('k'))}”, not a whole number from 0 on`;
    const n = wholeNumber(fields.get('n') ?? '');
    if (n === null) return `n is “${shown(fields.get('n'))}”, not a whole number from 0 on`;
    if (n === 0) return 'n is 0: there are no samples';
    if (n > MOST_SAMPLES) return `n is ${n}, more than ${MOST_SAMPLES}`;
    if (k > n) return `k is ${k}, more than n, ${n}`;
    const model = resolveModel(name, this.#mapping);
    if (model === null) {
      this.#unknown.set(name, (this.#unknown.get(name) ?? 0) + 1);
      return `the model “${shown(name)}” is none of ${MODELS.join(', ')}`;
    }
    const seed = [...SEED_NAMES].map((column) => fields.get(column)).find((value) => value !== undefined) ?? EVERY_SEED;
    const key = JSON.stringify([seed, question, model]);
    const before = this.#cells.get(key);
    if (before !== undefined) {
      if (before.count.n + n > MOST_SAMPLES) return `with the rows before it n is ${before.count.n + n}, more than ${MOST_SAMPLES}`;
      if (this.#repeated++ === 0) this.#firstRepeated = line;
    }
    this.#cells.set(key, { seed, question, model, count: { k: k + (before?.count.k ?? 0), n: n + (before?.count.n ?? 0) } });
    this.#rows++;
    this.#keepAttributes(question, fields);
    return null;
  }

  #keepAttributes(question: string, fields: Fields): void {
    const own = this.#attributes.get(question) ?? new Map<string, string>();
    this.#attributes.set(question, own);
    for (const [name, value] of fields) {
      if (name === '' || value === '' || SEED_NAMES.has(name) || REQUIRED.some((required) => required === name)) continue;
      const before = own.get(name);
      if (before === undefined) own.set(name, value);
      else if (before !== value) this.#differing.set(name, (this.#differing.get(name) ?? 0) + 1);
    }
  }

  /** @throws CountsError when no row entered */
  finish(format: CountsFile['format']): CountsFile {
    const unknownModels = [...this.#unknown].map(([name, rows]) => ({ name, rows }));
    if (this.#rows === 0) throw new CountsError(this.#nothing(unknownModels.map(({ name }) => name)), unknownModels);
    if (this.#repeated > 0) this.#notes.push(`${this.#repeated} ${this.#repeated === 1 ? 'row repeats' : 'rows repeat'} a question and model (first in line ${this.#firstRepeated}): their counts are added up.`);
    for (const [name, rows] of this.#differing) this.#notes.push(`The column ${name} differs within a question in ${rows} ${rows === 1 ? 'row' : 'rows'}: the first value is kept.`);
    return { format, seeds: this.#seeds(), rows: this.#rows, problems: this.problems, notes: this.#notes, unknownModels };
  }

  #seeds(): SeedCounts[] {
    const named = [...new Set([...this.#cells.values()].map(({ seed }) => seed))].filter((seed) => seed !== EVERY_SEED);
    const cells = [...this.#cells.values()];
    if (named.length === 0) return [{ seed: null, questions: this.#questions(cells) }];
    const common = cells.filter(({ seed }) => seed === EVERY_SEED);
    this.#notes.push(`${named.length} training ${named.length === 1 ? 'seed' : 'seeds'} (${named.join(', ').slice(0, 200)})${common.length > 0 ? `; ${common.length === 1 ? '1 count without a seed belongs' : `${common.length} counts without a seed belong`} to each` : ''}.`);
    // A seed's own counts come last and stand in place of common ones.
    return named.map((seed) => ({ seed, questions: this.#questions([...common, ...cells.filter((cell) => cell.seed === seed)]) }));
  }

  #questions(cells: readonly Gathered[]): QuestionCounts[] {
    const byQuestion = new Map<string, Partial<Record<Model, Count>>>();
    for (const { question, model, count } of cells) {
      const counts = byQuestion.get(question) ?? {};
      byQuestion.set(question, counts);
      counts[model] = count;
    }
    return [...byQuestion].map(([question, counts]) => ({ question, counts, attributes: Object.fromEntries(this.#attributes.get(question) ?? []) }));
  }

  #nothing(unknown: readonly string[]): string {
    if (unknown.length > 0) return `None of the models is known: ${unknown.slice(0, 10).map((name) => `“${shown(name)}”`).join(', ')}${unknown.length > 10 ? ' …' : ''}. Say which of ${MODELS.join(', ')} each of them is.`;
    const [problem] = this.problems as readonly (LineProblem | undefined)[];
    return problem === undefined ? 'The file holds no counts.' : `No row could be used; line ${problem.line}: ${problem.reason}.`;
  }
}

/** Digits, or a whole number as spreadsheets and pandas may write it (`12.0`). */
function wholeNumber(text: string): number | null {
  if (!/^\d+(\.0*)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

function shown(text = ''): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
