import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { isTraining, useSeesawRun } from '../../state/seesaw/run-store.ts';
import { setSeesawSettings, useSeesawSettings } from '../../state/seesaw/settings-store.ts';
import { formatCount } from '../../ui/format.ts';
import { questionsLabel, retrieverLabel } from '../rollouts/choices.ts';
import { ChipMenu } from './chip-menu.tsx';

/** What the next run is trained on, what it is evaluated on, and where both search. */
export function TrainSetsChip() {
  const trainSets = useSeesawSettings((settings) => settings.trainSets);
  const evaluation = useSeesawSettings((settings) => settings.evaluation);
  const retriever = useSeesawSettings((settings) => settings.retriever);
  const busy = useSeesawRun((run) => isTraining(run.status));
  const name = trainSets.map(questionsLabel).join(' + ');
  const note = `evaluated on ${questionsLabel(evaluation.questions)}, searches ${retrieverLabel(retriever)}`;
  const isTrained = (set: string) => trainSets.some((choice) => choice.kind === 'bundled' && choice.name === set);
  const toggle = (set: string) => {
    const others = trainSets.filter((choice) => choice.kind !== 'bundled' || choice.name !== set);
    const next = others.length < trainSets.length ? others : [...trainSets, { kind: 'bundled' as const, name: set }];
    if (next.length > 0) setSeesawSettings({ trainSets: next });
  };
  return (
    <ChipMenu
      icon="data"
      label="Training questions"
      name={name}
      note={note}
      sections={[
        {
          label: 'Train on (an equal share of each)',
          items: BUNDLED_QUESTIONS.map((set) => ({ id: `train-${set.name}`, label: set.title, hint: `${formatCount(set.questions)} questions`, icon: 'data' as const, checked: isTrained(set.name), disabled: busy, onSelect: () => toggle(set.name) })),
        },
        {
          label: 'Evaluate on',
          items: BUNDLED_QUESTIONS.map((set) => ({
            id: `held-${set.name}`,
            label: set.title,
            icon: 'data' as const,
            checked: evaluation.questions.kind === 'bundled' && evaluation.questions.name === set.name,
            disabled: busy,
            onSelect: () => setSeesawSettings({ evaluation: { ...evaluation, questions: { kind: 'bundled', name: set.name } } }),
          })),
        },
        {
          label: 'Corpus',
          items: BUNDLED_CORPORA.map((corpus) => ({
            id: corpus.name,
            label: corpus.title,
            hint: `${formatCount(corpus.passages)} passages`,
            icon: 'data' as const,
            checked: retriever.kind === 'bundled' && retriever.corpus === corpus.name,
            disabled: busy,
            onSelect: () => setSeesawSettings({ retriever: { kind: 'bundled', corpus: corpus.name } }),
          })),
        },
      ]}
    />
  );
}
