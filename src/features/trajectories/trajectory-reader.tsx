import type { Span } from '../../core/trajectory/types.ts';
import type { TrajectoryView } from '../../lab/events.ts';
import { useRun } from '../../state/run-store.ts';
import { formatCount, formatFixed, plural } from '../../ui/format.ts';
import { Tokens } from './tokens.tsx';
import styles from './trajectory-reader.module.css';

const KIND: Readonly<Record<Span['kind'], string>> = { prompt: 'prompt', think: 'reasoning, think', answer: 'reasoning, answer', other: 'reasoning, other', tool: 'tool', observation: 'observation' };

/** One trajectory: reasoning in the left lane, tool in the right, what the environment wrote across both. */
export function TrajectoryReader({ view, index }: { readonly view: TrajectoryView; readonly index: number }) {
  const advantage = useRun((run) => run.inventory?.trajectories.at(index)?.advantage ?? null);
  return (
    <article className={styles.reader} aria-label={`Trajectory ${view.id}`}>
      <h2 className={styles.question}>{view.question}</h2>
      <ul className={styles.facts}>
        <li>
          <strong>{view.id}</strong>
        </li>
        <li>
          {view.goldenAnswers.length === 0 ? 'no golden answer' : 'golden answer: '}
          <span className={styles.golden}>{view.goldenAnswers.join(' / ')}</span>
        </li>
        <li>{view.reward === null ? 'reward unknown' : `reward ${formatFixed(view.reward, 0)} (exact match)`}</li>
        {advantage !== null && <li>{`advantage ${formatFixed(advantage, 2)}`}</li>}
        <li>{plural(view.pieces.length, 'token')}</li>
      </ul>
      <ul className={styles.key} aria-label="How to read it">
        <li>
          <i className={styles.sampleLane} />
          left lane: reasoning
        </li>
        <li>
          <i className={[styles.sampleLane, styles.sampleTool].join(' ')} />
          right lane: tool
        </li>
        <li>
          <i className={[styles.sample, styles.adapter0].join(' ')} />
          reasoning adapter reads here
        </li>
        <li>
          <i className={[styles.sample, styles.adapter1].join(' ')} />
          tool adapter reads here (double line)
        </li>
      </ul>
      <div className={styles.flow}>
        {view.spans.map((span) => (
          <SpanBlock key={span.start} span={span} view={view} trajectory={index} />
        ))}
      </div>
    </article>
  );
}

function SpanBlock({ span, view, trajectory }: { readonly span: Span; readonly view: TrajectoryView; readonly trajectory: number }) {
  const loss = useRun((run) => run.losses?.get(`${trajectory}-${span.start}`) ?? null);
  const folded = span.role === 'observation' || span.role === 'prompt';
  const tokens = <Tokens view={view} start={span.start} end={span.end} />;
  const count = span.end - span.start;
  return (
    <div className={[styles.span, styles[span.role]].join(' ')} role="group" aria-label={KIND[span.kind]}>
      {folded ? (
        <details className={styles.details} open={count <= 24}>
          <summary>
            <span className={styles.role}>{KIND[span.kind]}</span>, {plural(count, 'token')}, in no loss
          </summary>
          <p className={styles.text}>{tokens}</p>
        </details>
      ) : (
        <>
          <p className={styles.head}>
            <span className={styles.role}>{KIND[span.kind]}</span>
            <span>{`${plural(count, 'token')}, ${formatCount(span.start)}–${formatCount(span.end - 1)}`}</span>
            {loss !== null && <span>{`${formatFixed(loss / count, 2)} nats a token`}</span>}
          </p>
          <p className={styles.text}>{tokens}</p>
        </>
      )}
    </div>
  );
}
