import { csvCell } from '../../core/angles/csv.ts';
import { COMPARED_SCORES } from '../../core/leas/comparison.ts';
import type { ExperimentAnalysis } from '../../core/leas/experiment.ts';
import { lambdaCsv } from '../../core/leas/lambda-csv.ts';
import { MODELS } from '../../core/leas/models.ts';
import type { LeasExport, LeasState } from './types.ts';

type Cell = string | number;

function line(cells: readonly Cell[]): string {
  return `${cells.map((cell) => csvCell(typeof cell === 'number' && !Number.isFinite(cell) ? '' : cell)).join(',')}\r\n`;
}

/** One of the tables of an analysis as CSV. */
export function leasTable(kind: LeasExport, analysis: ExperimentAnalysis, sets: LeasState['sets']): string {
  if (kind === 'lambda') return lambdaTable(analysis);
  return kind === 'counts' ? countsTable(analysis, sets) : comparisonTable(analysis);
}

/** The effects of every question, set by set; with several sets the last column names the set. */
function lambdaTable({ sets }: ExperimentAnalysis): string {
  if (sets.length === 1) return [...lambdaCsv(sets[0].runs)].join('');
  const parts: string[] = [];
  for (const [index, { label, runs }] of sets.entries()) {
    let header = true;
    for (const row of lambdaCsv(runs)) {
      if (row.startsWith('# ')) parts.push(row);
      else if (!header) parts.push(row.replace(/\r\n$/, `,${csvCell(label)}\r\n`));
      else {
        if (index === 0) parts.push(row.replace(/\r\n$/, ',set\r\n'));
        header = false;
      }
    }
  }
  return parts.join('');
}

/** Right answers of rollouts, as a file of counts is read: it opens again on this page. */
function countsTable({ sets }: ExperimentAnalysis, questions: LeasState['sets']): string {
  const seeds = sets.some(({ runs }) => runs.some(({ seed }) => seed !== null));
  // Columns that are written here already.
  const own = new Set(['set', 'text']);
  const attributes = [...new Set(sets.flatMap(({ runs }) => runs.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row.attributes)))))].filter((name) => !own.has(name));
  const rows = sets.flatMap(({ label, runs }, index) =>
    runs.flatMap(({ seed, rows: counted }) =>
      counted.flatMap(({ question, counts, attributes: values }) =>
        MODELS.flatMap((model) => {
          const count = counts[model];
          if (count === undefined) return [];
          return line([question, model, count.k, count.n, ...(seeds ? [seed ?? ''] : []), ...(sets.length > 1 ? [label] : []), ...attributes.map((name) => (Object.hasOwn(values, name) ? values[name] : '')), questions.at(index)?.questions.get(question)?.question ?? (Object.hasOwn(values, 'text') ? values.text : '')]);
        }),
      ),
    ),
  );
  return line(['question', 'model', 'k', 'n', ...(seeds ? ['seed'] : []), ...(sets.length > 1 ? ['set'] : []), ...attributes, 'text']) + rows.join('');
}

/** Writers beside the hybrids, and the paired differences; those of single training seeds as rows of their own. */
function comparisonTable({ comparison }: ExperimentAnalysis): string {
  const scores = COMPARED_SCORES.flatMap((name) => [name, `${name}_low`, `${name}_high`]);
  const header = line(['set', 'retrieval', 'writer', 'less', 'training_seed', 'questions', 'seeds', 'rollouts', ...scores]);
  if (comparison === null) return header;
  const values = (of: (typeof comparison.rows)[number]['scores']): Cell[] => COMPARED_SCORES.flatMap((name) => [of[name].estimate, of[name].low ?? '', of[name].high ?? '']);
  const rows = comparison.rows.map(({ set, retrieval, writer, questions, seeds, rollouts, scores: own }) => line([set, retrieval, writer, '', '', questions, seeds, rollouts, ...values(own)]));
  const pairs = comparison.pairs.flatMap(({ set, retrieval, left, right, questions, seeds, differences, bySeed }) => [
    line([set, retrieval, left, right, '', questions, seeds, '', ...values(differences)]),
    ...bySeed.map(({ seed, difference }) => line([set, retrieval, left, right, seed ?? '', questions, 1, '', difference, ...Array.from({ length: scores.length - 1 }, () => '')])),
  ]);
  return header + rows.join('') + pairs.join('');
}
