import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { isLeasBusy, useLeasRun } from '../../state/leas/run-store.ts';
import { setLeasSettings, useLeasSettings } from '../../state/leas/settings-store.ts';
import { labelOf } from '../../state/leas/settings-url.ts';
import { formatCount } from '../../ui/format.ts';
import { questionsLabel, retrieverLabel } from '../rollouts/choices.ts';
import { ChipMenu } from './chip-menu.tsx';

/** The question sets of the next run of LEAS, and where they search; or the counts that were opened in place of one. */
export function LeasSetsChip() {
  const sets = useLeasSettings((settings) => settings.sets);
  const retriever = useLeasSettings((settings) => settings.retriever);
  const busy = useLeasRun((run) => isLeasBusy(run.status));
  const opened = useLeasRun((run) => run.opened);
  const name = opened?.name ?? sets.map(({ questions }) => questionsLabel(questions)).join(' + ');
  const note = opened === null ? `searches ${retrieverLabel(retriever)}` : `${formatCount(opened.rows)} rows of counts`;
  const toggle = (set: string) => {
    const others = sets.filter(({ questions }) => questions.kind !== 'bundled' || questions.name !== set);
    const next = others.length < sets.length ? others : [...sets, { label: '', questions: { kind: 'bundled' as const, name: set }, maxQuestions: sets.at(0)?.maxQuestions ?? 60 }];
    if (next.length > 0) setLeasSettings({ sets: next.map((one, index) => ({ ...one, label: labelOf(index) })) });
  };
  return (
    <ChipMenu
      icon="data"
      label="Questions"
      name={name}
      note={note}
      sections={[
        {
          label: 'Sets of the next run',
          items: BUNDLED_QUESTIONS.map((set) => ({
            id: set.name,
            label: set.title,
            hint: `${formatCount(set.questions)} questions`,
            icon: 'data' as const,
            checked: sets.some(({ questions }) => questions.kind === 'bundled' && questions.name === set.name),
            disabled: busy,
            onSelect: () => toggle(set.name),
          })),
        },
      ]}
    />
  );
}
