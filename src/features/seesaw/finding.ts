import { direction, type Estimate } from '../../core/statistics/estimate.ts';
import type { SeesawRunView } from '../../state/seesaw/types.ts';
import { formatFixed } from '../../ui/format.ts';
import { type ArmRuns, groupByArm } from './arm-runs.ts';
import { changeAt, evaluatedSteps, gapAt, skillAt } from './skills.ts';
import { formatChange } from './beam-data.ts';

export interface Finding {
  /** What was measured. */
  readonly sentence: string;
  /** What it says of the page's question. */
  readonly answer: string;
}

/** The last step at which all these arms were evaluated (arms that are not trained stand anywhere); null before any. */
export function commonStep(arms: readonly ArmRuns[]): number | null {
  const trained = arms.filter(({ arm, counted }) => arm.trained && counted.length > 0);
  if (trained.length === 0) return null;
  const [first, ...others] = trained.map((arm) => evaluatedSteps(arm));
  return first.filter((step) => others.every((steps) => steps.includes(step))).at(-1) ?? null;
}

/** Where an arm stands when the trained ones stand at `step`. */
function stepOf(arm: ArmRuns, step: number): number {
  return arm.arm.trained ? step : (evaluatedSteps(arm).at(-1) ?? step);
}

const percent = (value: number): string => `${formatFixed(100 * value, 0)}\u00a0%`;
const withError = ({ value, error }: Estimate): string => (error === null ? percent(value) : `${percent(value)}\u00a0±\u00a0${formatFixed(100 * error, 0)}`);

/** What the runs say, with errors; a difference whose interval holds 0 is called one that cannot be told from none. */
export function findingOf(arms: readonly ArmRuns[], step: number): Finding | null {
  const measured = arms.flatMap((arm) => {
    const value = skillAt(arm, 'exactMatch', stepOf(arm, step));
    return value === null ? [] : [{ arm, value }];
  });
  const trained = measured.filter(({ arm }) => arm.arm.trained);
  if (measured.length === 0) return null;
  if (trained.length === 0) return { sentence: `The frozen backbone answers ${withError(measured[0].value)} of the held-out questions right.`, answer: '' };
  if (step === 0) return { sentence: `Before the first step the agent answers ${withError(trained[0].value)} of the held-out questions right.`, answer: '' };
  const before = trained.map(({ arm }) => skillAt(arm, 'exactMatch', 0)).find((value) => value !== null);
  const answers = trained.map(({ arm, value }, index) => `${arm.arm.label}${index === 0 ? ' answers' : ''} ${withError(value)}${index === 0 && before ? ` (from ${percent(before.value)})` : ''}`);
  const shown = trained.map(({ arm }) => arm);
  return { sentence: `After ${step} ${step === 1 ? 'step' : 'steps'} ${list(answers)}${differences(shown, step)}.`, answer: skillAnswer(shown, step) };
}

/** What all runs say together at their last common step; null before any evaluation. */
export function findingOfRuns(runs: readonly SeesawRunView[]): Finding | null {
  const arms = groupByArm(runs, new Set());
  return findingOf(arms, commonStep(arms) ?? 0);
}

function differences(arms: readonly ArmRuns[], step: number): string {
  if (arms.length < 2) {
    const change = changeAt(arms[0], 'exactMatch', step);
    return change === null ? '' : `, a change of ${signed(change)}`;
  }
  const reference = arms.find(({ arm }) => arm.id === 'joint') ?? arms[0];
  const gaps = arms.flatMap((arm) => {
    const gap = arm === reference ? null : gapAt(arm, step, reference, step, 'exactMatch');
    return gap === null ? [] : [{ label: arm.arm.label, gap }];
  });
  if (gaps.length === 0) return '';
  if (gaps.length === 1) return `; ${gaps[0].label} less ${reference.arm.label} is ${signed(gaps[0].gap)}`;
  return `; less ${reference.arm.label}, in points: ${list(gaps.map(({ label, gap }) => `${label} ${signed(gap, true)}`))}`;
}

/** "+2 points [−4, 8], which these questions cannot tell from none". */
function signed(change: Estimate, short = false): string {
  const points = formatChange(change.value, null, 0);
  const text = short ? points : `${points} ${/^[+−]?1$/.test(points) ? 'point' : 'points'}`;
  const range = change.interval;
  if (range === null) return `${text} (one question: no error is known)`;
  if (change.value === 0 && change.error === 0) return `${text}, question by question the same`;
  const bracket = `[${formatFixed(100 * range.low, 0)},\u00a0${formatFixed(100 * range.high, 0)}]`;
  return `${text} ${bracket}${short || direction(change) !== 0 ? '' : ', which these questions cannot tell from none'}`;
}

/** Whether in any arm one skill rose while the other fell. */
function skillAnswer(arms: readonly ArmRuns[], step: number): string {
  const known = arms.flatMap((arm) => {
    const reasoning = changeAt(arm, 'reasoningSkill', step);
    const tool = changeAt(arm, 'toolSkill', step);
    return reasoning === null || tool === null ? [] : [{ label: arm.arm.label, reasoning, tool, up: direction(reasoning), out: direction(tool) }];
  });
  if (known.length === 0) return '';
  const figures = known.map(({ label, reasoning, tool }) => `${known.length > 1 ? `${label}: ` : ''}reasoning skill ${formatChange(reasoning.value, reasoning.error, 0)}, tool skill ${formatChange(tool.value, tool.error, 0)} points`).join('; ');
  const seesaws = known.filter(({ up, out }) => up * out < 0);
  const losers = known.filter(({ up, out }) => up * out >= 0 && (up < 0 || out < 0));
  const verdict =
    seesaws.length > 0
      ? `One skill rose while the other fell in ${list(seesaws.map(({ label }) => label))}`
      : losers.length > 0
        ? `A skill fell, without the other clearly rising, in ${list(losers.map(({ label }) => label))}`
        : known.every(({ up, out }) => up > 0 && out > 0)
          ? `Both skills rose${known.length > 1 ? ' in every arm' : ''}`
          : `In no arm did one skill clearly rise while the other clearly fell`;
  return `${capital(figures)}. ${verdict}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function list(parts: readonly string[]): string {
  return parts.length < 3 ? parts.join(' and ') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
