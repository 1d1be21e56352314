import { csvCell } from '../angles/csv.ts';
import type { QuestionEffects } from './coefficients.ts';
import { EFFECTS } from './models.ts';
import type { Effect } from './models.ts';

/** Standard errors: that of tool × reasoning first, since it is what is read. */
const ERRORS: readonly Effect[] = ['tool_x_reasoning', ...EFFECTS.filter((effect) => effect !== 'tool_x_reasoning')];

export const LAMBDA_HEADER = ['question', ...EFFECTS, ...ERRORS.map((effect) => `se_${effect}`)] as const;

export interface LambdaRows {
  readonly seed: string | null;
  readonly rows: readonly QuestionEffects[];
}

/**
 * The effects, one row a question (RFC 4180, CRLF), in units of the scale; cells are empty where a model is missing.
 * With named training seeds a column `seed` comes last. As in the angles' table, text that a spreadsheet would run as
 * a formula gets an apostrophe, and a comment line at the top says so.
 */
export function* lambdaCsv(seeds: readonly LambdaRows[]): Generator<string> {
  const named = seeds.some(({ seed }) => seed !== null);
  const altered = new Set(seeds.flatMap(({ rows }) => rows.map(({ question }) => question).filter(isAltered))).size;
  if (altered > 0) yield `# ${altered} questions begin with = + - @: they are written with an apostrophe in front so that no spreadsheet runs them; remove one leading apostrophe to have them back\r\n`;
  yield line([...LAMBDA_HEADER, ...(named ? ['seed'] : [])]);
  for (const { seed, rows } of seeds) {
    for (const { question, coefficients } of rows) {
      const values = EFFECTS.map((effect) => coefficients[effect]?.estimate ?? Number.NaN);
      const errors = ERRORS.map((effect) => coefficients[effect]?.standardError ?? Number.NaN);
      yield line([question, ...values, ...errors, ...(named ? [seed ?? ''] : [])]);
    }
  }
}

function isAltered(text: string): boolean {
  return !text.startsWith("'") && /^"?'/.test(csvCell(text));
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
