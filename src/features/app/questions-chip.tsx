import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { isWriting, useRolloutRun } from '../../state/rollouts/run-store.ts';
import { setRolloutSettings, useRolloutSettings } from '../../state/rollouts/settings-store.ts';
import { formatCount } from '../../ui/format.ts';
import { questionsLabel, retrieverLabel } from '../rollouts/choices.ts';
import { ChipMenu } from './chip-menu.tsx';

/** The question set and the corpus of the next rollouts. */
export function QuestionsChip() {
  const questions = useRolloutSettings((settings) => settings.questions);
  const retriever = useRolloutSettings((settings) => settings.retriever);
  const busy = useRolloutRun((run) => isWriting(run.status));
  const name = questionsLabel(questions);
  const note = `searches ${retrieverLabel(retriever)}`;
  return (
    <ChipMenu
      icon="data"
      label="Questions"
      name={name}
      note={note}
      sections={[
        {
          label: 'Questions of the next run',
          items: BUNDLED_QUESTIONS.map((set) => ({
            id: set.name,
            label: set.title,
            hint: `${formatCount(set.questions)} questions`,
            icon: 'data' as const,
            checked: questions.kind === 'bundled' && questions.name === set.name,
            disabled: busy,
            // A set is of little use with another one's passages.
            onSelect: () => setRolloutSettings({ questions: { kind: 'bundled', name: set.name }, ...(retriever.kind === 'bundled' ? { retriever: { kind: 'bundled', corpus: set.corpus } } : {}) }),
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
            onSelect: () => setRolloutSettings({ retriever: { kind: 'bundled', corpus: corpus.name } }),
          })),
        },
      ]}
    />
  );
}
