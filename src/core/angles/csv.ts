import type { SpanGram } from '../gram/types.ts';
import { aggregate } from '../gram/blocks.ts';
import { evaluateRows, planAngles } from './designs.ts';
import { degreesOf } from './geometry.ts';
import { PARTS, preparePopulation } from './population.ts';
import { appliedSettings } from './settings.ts';
import type { AngleAnalysis, Pair } from './types.ts';

/**
 * CSV of what is drawn, RFC 4180 (CRLF, quotes doubled). Questions and ids come from files of others, and a spreadsheet
 * runs a cell that begins with = + - @, a tab or a return as a formula, quoted or not. Such cells get an apostrophe in
 * front, and a comment line at the top says how many and how to undo it, so that no text is altered silently; numbers
 * are written as they are.
 */
const FORMULA = /^[=+\-@\t\r]/;

export const ANGLES_HEADER = ['pair', 'question_a', 'trajectory_a', 'question_b', 'trajectory_b', 'layer', 'target', 'degrees'] as const;

/** One cell; text that a spreadsheet would run is neutralised by a leading apostrophe. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text.startsWith('#') ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** One row an angle of the analysis, in pieces for a Blob. Layer and target are the selection's, `all` for the whole. */
export function* anglesCsv(gram: SpanGram, analysis: AngleAnalysis): Generator<string> {
  yield* head(gram, new Set(analysis.rows.flatMap(({ a, b }) => [a, b])));
  const { layer, target } = analysis.settings;
  for (const { pair, a, b, degrees } of analysis.rows) yield line(cells(gram, pair, a, b, layer, target, degrees));
}

/** The same angles on every module by itself, module after module. */
export function* moduleAnglesCsv(gram: SpanGram, analysis: AngleAnalysis): Generator<string> {
  const settings = appliedSettings(analysis.settings);
  const plan = planAngles(preparePopulation(gram, settings).groups, settings);
  yield* head(gram, new Set(plan.groups.flatMap(({ rows }) => rows.flatMap(({ a, b }) => [a, b]))));
  for (const [module, { layer, target }] of gram.modules.entries()) {
    for (const groupPlan of plan.groups) {
      const { block, vectorOf, members } = groupPlan.group;
      const q = aggregate(block.values, vectorOf, PARTS * members.length, module * block.spans.length ** 2);
      const cosines = evaluateRows(groupPlan, q);
      const lines = groupPlan.rows.map(({ pair, a, b }, index) => (Number.isNaN(cosines[index]) ? '' : line(cells(gram, pair, a, b, layer, target, degreesOf(cosines[index])))));
      yield lines.join('');
    }
  }
}

function cells(gram: SpanGram, pair: Pair, a: number, b: number, layer: number | string, target: string, degrees: number): (string | number)[] {
  const [first, second] = [gram.trajectories[a], gram.trajectories[b]];
  return [pair, first.question, first.id, second.question, second.id, layer, target, degrees];
}

function* head(gram: SpanGram, used: ReadonlySet<number>): Generator<string> {
  let altered = 0;
  for (const index of used) {
    const { question, id } = gram.trajectories[index];
    if (FORMULA.test(question) || FORMULA.test(id)) altered++;
  }
  if (altered > 0) yield `# ${altered} trajectories have a question or id that begins with = + - @: it is written with an apostrophe in front so that no spreadsheet runs it; remove one leading apostrophe to have it back\r\n`;
  yield line(ANGLES_HEADER);
}
