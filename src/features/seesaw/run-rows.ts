import type { SeesawRunView } from '../../state/seesaw/types.ts';
import type { Measured } from '../../training/evaluate.ts';
import type { StepReport } from '../../training/trainer.ts';
import { formatDegrees, formatFixed, formatSignificant } from '../../ui/format.ts';

/** Steps that the table's angle and leakage are means of. */
export const LAST_STEPS = 10;

/** The figures of one run as the table shows them. */
export interface RunRow {
  readonly steps: string;
  readonly exactMatch: string;
  readonly reasoning: string;
  readonly tool: string;
  readonly angle: string;
  readonly leakage: string;
  readonly perStep: string;
}

export function runRow({ steps, points, arm }: Pick<SeesawRunView, 'steps' | 'points' | 'arm'>, total: number): RunRow {
  const first = points.at(0)?.evaluation ?? null;
  const last = points.at(-1)?.evaluation ?? null;
  const both = (before: Measured | null | undefined, after: Measured | null | undefined): string => {
    if (!before || !after) return '–';
    return before === after ? percent(after) : `${formatFixed(100 * before.value, 0)} → ${percent(after)}`;
  };
  const recent = steps.slice(-LAST_STEPS);
  return {
    steps: arm.trained ? `${steps.length} of ${total}` : 'not trained',
    exactMatch: both(first?.exactMatch, last?.exactMatch),
    reasoning: both(first?.reasoningSkill, last?.reasoningSkill),
    tool: both(first?.toolSkill, last?.toolSkill),
    angle: text(meanOf(recent, ({ gradients }) => gradients.angle), (value) => formatDegrees(value)),
    leakage: leakageText(recent, arm),
    perStep: text(meanOf(steps, ({ time }) => (time.rollout + time.forward + time.backward + time.optimiser) / 1000), (value) => formatFixed(value, 1)),
  };
}

function percent({ value, error }: Measured): string {
  return `${formatFixed(100 * value, 0)} %${error === null ? '' : ` ± ${formatFixed(100 * error, 0)}`}`;
}

/** Every entry, loss → adapter: "reasoning → 2: 0.18, tool → 1: 0.44". */
function leakageText(recent: readonly StepReport[], { abilities, adapters }: SeesawRunView['arm']): string {
  const entries = abilities.flatMap((ability, loss) =>
    Array.from({ length: adapters }, (_, adapter) => meanOf(recent, ({ gradients }) => gradients.leakage.at(loss)?.at(adapter) ?? null)).flatMap((mean, adapter) => (mean === null ? [] : [`${ability}\u00a0→\u00a0${adapter + 1}:\u00a0${formatSignificant(mean, 2)}`])),
  );
  return entries.length === 0 ? '–' : entries.join(', ');
}

function meanOf(reports: readonly StepReport[], valueOf: (report: StepReport) => number | null): number | null {
  const values = reports.map(valueOf).filter((value) => value !== null && Number.isFinite(value)).map(Number);
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

function text(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}
