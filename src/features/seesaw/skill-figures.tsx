import { useMemo } from 'react';
import type { Curve } from '../../charts/curves/curve-layout.ts';
import { errorWords } from '../../training/aggregate.ts';
import { formatFixed } from '../../ui/format.ts';
import { seedCount, type ShownArm } from './arm-runs.ts';
import { CurveFigure } from './curve-figure.tsx';
import styles from './seesaw-page.module.css';
import { lastEvaluated, skillAt, skillOfRuns, type Skill, SKILL_WORDS, skillPoints } from './skills.ts';
import { formatShare } from './step-metrics.ts';

interface Props {
  readonly arms: readonly ShownArm[];
  /** Steps of a run. */
  readonly steps: number;
  readonly caption: string;
  /** The views grow in place; this tells. */
  readonly revision: number;
}

/** The seesaw's own curves, on held-out questions: the answers, and the two skills under them. */
export function SkillFigures(props: Props) {
  return (
    <div className={styles.skills}>
      <SkillFigure {...props} skill="exactMatch" height={232} />
      <SkillFigure {...props} skill="reasoningSkill" height={232} />
      <SkillFigure {...props} skill="toolSkill" height={232} />
    </div>
  );
}

function SkillFigure({ arms, steps, caption, revision, skill, height }: Props & { readonly skill: Skill; readonly height: number }) {
  const curves = useMemo(
    () => arms.map((arm): Curve => ({ id: arm.arm.id, label: arm.arm.label, slot: arm.slot, points: skillPoints(arm, skill, steps), raw: skillOfRuns(arm, skill) })),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- runs grow in place, which `revision` tells
    [arms, steps, skill, revision],
  );
  const { name, meaning } = SKILL_WORDS[skill];
  return (
    <CurveFigure
      name={`seesaw-${skill}`}
      title={skillTitle(arms, skill)}
      summary={`${meaning} Bars: ${errorWords(seedCount(arms))}${seedCount(arms) > 1 ? '; thin lines: single seeds' : ''}.`}
      caption={`${name} on held-out questions, ± ${errorWords(seedCount(arms))}. ${caption}`}
      curves={curves}
      kind="share"
      unit="share"
      format={formatShare}
      lastX={steps}
      height={height}
      headingLevel={2}
    />
  );
}

/** "Exact match: Joint 52 % ± 3, DART 50 % ± 3". */
export function skillTitle(arms: readonly ShownArm[], skill: Skill): string {
  const parts = arms.flatMap((arm) => {
    const last = lastEvaluated(arm);
    const value = last === null ? null : skillAt(arm, skill, last);
    return value === null ? [] : [`${arm.arm.label} ${formatShare(value.value)}${value.error === null ? '' : `\u00a0±\u00a0${formatFixed(100 * value.error, 0)}`}`];
  });
  const { name } = SKILL_WORDS[skill];
  return parts.length === 0 ? `${name} on held-out questions` : `${name}: ${parts.join(', ')}`;
}
