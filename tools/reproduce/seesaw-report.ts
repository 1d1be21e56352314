import type { Estimate } from '../../src/core/statistics/estimate.ts';
import { errorWords, intervalWords } from '../../src/training/aggregate.ts';
import { COST_COLUMNS, costCells } from '../../src/training/cost.ts';
import type { HeadlessSeesawResult, SkillChange } from '../../src/features/headless-seesaw.ts';
import { duration } from './progress-line.ts';
import { table } from './table.ts';

const percent = (value: number): string => (100 * value).toFixed(1);
const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${percent(Math.abs(value))}`;
const plain = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits));

function point(estimate: Estimate | null): string {
  if (estimate === null) return '–';
  return estimate.error === null ? percent(estimate.value) : `${percent(estimate.value)} ± ${percent(estimate.error)}`;
}

function course({ start, end, change }: SkillChange): string[] {
  const bracket = change?.interval ? ` [${signed(change.interval.low)}, ${signed(change.interval.high)}]` : '';
  return [point(start), point(end), change === null ? '–' : `${signed(change.value)}${bracket}`];
}

/** The page's no-break spaces are of no use in a terminal. */
const plainSpaces = (text: string): string => text.replaceAll('\u00a0', ' ');

/** Results of training for the terminal. */
export function seesawReport({ finding, rows, costs, questions, seconds, provider, device, notes }: HeadlessSeesawResult): string {
  const header = ['arm', 'seeds', 'EM % start', 'end', 'change', 'tool skill % start', 'end', 'change', 'reasoning skill % start', 'end', 'change', 'R–T angle °', 'leakage'];
  const body = rows.map(({ label, seeds, exactMatch, toolSkill, reasoningSkill, angle, leakage }) => [label, String(seeds), ...course(exactMatch), ...course(toolSkill), ...course(reasoningSkill), plain(angle, 1), plain(leakage, 2)]);
  const most = Math.max(1, ...rows.map((row) => row.seeds));
  return [
    ...(finding === null ? [] : [plainSpaces(`${finding.sentence} ${finding.answer}`.trim()), '']),
    table([header, ...body]),
    `${questions} questions. ± is ${errorWords(most)}; ${intervalWords(most)}. Changes are paired over questions and seeds. Angle and leakage are means over steps and seeds.`,
    '',
    `${costs}.`,
    table([COST_COLUMNS, ...rows.map(({ label, cost }) => costCells(label, cost))]),
    '',
    `${duration(seconds)} on ${device}. ${provider}`,
    ...notes,
  ].join('\n');
}
