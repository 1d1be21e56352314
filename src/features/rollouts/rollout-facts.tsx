import type { RolloutView } from '../../state/rollouts/types.ts';
import { formatCount, formatFixed } from '../../ui/format.ts';
import { countTokens } from './result-rows.ts';
import styles from './rollout-facts.module.css';
import { FINISH } from './words.ts';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** The figures of one rollout; what is known only at its end has a dash until then. */
export function RolloutFacts({ view, revision }: { readonly view: RolloutView; readonly revision: number }) {
  return (
    <dl className={styles.facts} data-revision={revision}>
      {factsOf(view).map((fact) => (
        <div key={fact.name} className={styles.fact}>
          <dt>{fact.name}</dt>
          <dd>
            <span className={styles.value}>{fact.value}</span>
            {fact.note && <span className={styles.note}>{fact.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function factsOf(view: RolloutView): readonly Fact[] {
  const rollout = view.finished;
  const counts = countTokens(view.tokens.map((token) => token.role));
  const unknown = rollout !== null && rollout.reward === null;
  const why = unknown ? 'no golden answer' : undefined;
  return [
    { name: 'Exact match', value: rollout?.reward === undefined || rollout.reward === null ? '–' : String(rollout.reward), ...(why === undefined ? {} : { note: why }) },
    { name: 'F1', value: rollout?.f1 === undefined || rollout.f1 === null ? '–' : formatFixed(rollout.f1, 2) },
    { name: 'Hit', value: rollout?.hit === undefined || rollout.hit === null ? '–' : rollout.hit ? 'yes' : 'no' },
    { name: 'Searches', value: formatCount(view.searches.length) },
    { name: 'Tokens', value: formatCount(view.tokens.length), note: `${formatCount(counts.written)} written, ${formatCount(counts.observed)} observed` },
    { name: 'Re-encoded', value: rollout === null ? '–' : formatCount(rollout.reencodedTokens), note: 'tokens' },
    { name: 'Finish', value: rollout === null ? 'being written' : FINISH[rollout.finish], ...(rollout === null ? {} : { note: rollout.wellFormed ? 'well formed' : 'not well formed' }) },
  ];
}
