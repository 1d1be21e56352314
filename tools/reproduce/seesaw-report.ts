import type { HeadlessSeesawResult, SkillChange } from '../../src/features/headless-seesaw.ts';
import { duration } from './progress-line.ts';
import { table } from './table.ts';

const percent = (value: number): string => (100 * value).toFixed(1);
const plain = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits));

/** The larger of the two errors that are known: over questions, and over seeds. */
function point(mean: SkillChange['start']): string {
  if (!mean) return '–';
  const errors = [mean.questionError, mean.seedError].filter((error) => error !== null);
  return errors.length === 0 ? percent(mean.mean) : `${percent(mean.mean)} ± ${percent(Math.max(...errors))}`;
}

function course({ start, end, change }: SkillChange): string[] {
  const changed = change && `${change.value >= 0 ? '+' : '−'}${percent(Math.abs(change.value))}${change.error === null ? '' : ` ± ${percent(change.error)}`}`;
  return [point(start), start === end ? '–' : point(end), changed ?? '–'];
}

/** Results of training for the terminal. */
export function seesawReport({ rows, questions, seconds, provider, device, notes }: HeadlessSeesawResult): string {
  const header = ['arm', 'seeds', 'EM % start', 'end', 'change', 'tool skill % start', 'end', 'change', 'reasoning skill % start', 'end', 'change', 'R–T angle °', 'leakage', 's / step'];
  const body = rows.map(({ label, seeds, exactMatch, toolSkill, reasoningSkill, angle, leakage, secondsPerStep }) => [
    label,
    String(seeds),
    ...course(exactMatch),
    ...course(toolSkill),
    ...course(reasoningSkill),
    plain(angle, 1),
    plain(leakage, 2),
    plain(secondsPerStep, 1),
  ]);
  return [
    table([header, ...body]),
    `± is the larger of the standard errors over ${questions} questions and over seeds; changes are paired over questions. Angle and leakage are means over steps and seeds.`,
    `${duration(seconds)} on ${device}. ${provider}`,
    ...notes,
  ].join('\n');
}
