import { readFileSync } from 'node:fs';
import type { SeesawRunView } from '../../../state/seesaw/types.ts';
import { runKey } from '../../../state/seesaw/types.ts';
import { type Arm, standardArms } from '../../../training/arms.ts';
import type { Evaluation, Measured } from '../../../training/evaluate.ts';
import type { StepReport } from '../../../training/trainer.ts';

type Line = ({ readonly type: 'step' } & StepReport) | ({ readonly type: 'eval'; readonly step: number } & Omit<Evaluation, 'perQuestion'>);

const NO_QUESTIONS: Evaluation['perQuestion'] = { exactMatch: null, f1: null, toolSkill: null, reasoningSkill: null };

/** The first steps and evaluations of a DART run of the bundled backbone, as the trainer told them. */
export function recorded(): { readonly steps: readonly StepReport[]; readonly evaluations: readonly { readonly step: number; readonly evaluation: Evaluation }[] } {
  const lines = readFileSync(new URL('./dart-1.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return {
    steps: lines.flatMap((line) => (line.type === 'step' ? [line] : [])),
    evaluations: lines.flatMap((line) => (line.type === 'eval' ? [{ step: line.step, evaluation: { ...line, perQuestion: NO_QUESTIONS } }] : [])),
  };
}

export function armOf(id: string): Arm {
  const arm = standardArms().find((one) => one.id === id);
  if (!arm) throw new Error(`There is no arm ${id}.`);
  return arm;
}

export function viewOf(arm: string, seed: number, change: Partial<SeesawRunView> = {}): SeesawRunView {
  const id = { arm, seed };
  const { steps, evaluations } = recorded();
  return { id, key: runKey(id), arm: armOf(arm), status: 'finished', steps, points: evaluations, checkpoint: null, checkpointFailure: null, recoveries: [], adaptersStep: null, revision: 0, ...change };
}

/** An evaluation with these figures and everything else as recorded. */
export function evaluationWith(figures: { readonly exactMatch?: Measured; readonly toolSkill?: Measured; readonly reasoningSkill?: Measured | null; readonly perQuestion?: Partial<Evaluation['perQuestion']> }): Evaluation {
  const [{ evaluation }] = recorded().evaluations;
  return { ...evaluation, ...figures, perQuestion: { ...NO_QUESTIONS, ...figures.perQuestion } };
}
