import { memo } from 'react';
import { ROLES } from '../../core/trajectory/types.ts';
import type { TrajectoryView } from '../../lab/events.ts';
import styles from './trajectory-reader.module.css';

const ADAPTERS = ['reasoning', 'tool'] as const;

interface Run {
  readonly adapter: number;
  readonly start: number;
  readonly end: number;
}

/** Neighbouring tokens that the same adapter reads. */
function adapterRuns(adapters: Uint8Array, start: number, end: number): Run[] {
  const runs: Run[] = [];
  for (let at = start; at < end; at += 1) {
    const last = runs.at(-1);
    if (last?.adapter === adapters[at]) runs[runs.length - 1] = { ...last, end: at + 1 };
    else runs.push({ adapter: adapters[at], start: at, end: at + 1 });
  }
  return runs;
}

/** Tokens as text; the line under each says which adapter is active at its position. */
export const Tokens = memo(function Tokens({ view, start, end }: { readonly view: TrajectoryView; readonly start: number; readonly end: number }) {
  return adapterRuns(view.adapters, start, end).map((run) => (
    <span key={run.start} className={run.adapter === 1 ? styles.adapter1 : styles.adapter0}>
      {view.pieces.slice(run.start, run.end).map((piece, offset) => {
        const at = run.start + offset;
        return (
          <span key={at} className={styles.token} title={`token ${at}, ${ROLES[view.roles[at]]}, ${ADAPTERS[run.adapter]} adapter`}>
            {piece}
          </span>
        );
      })}
    </span>
  ));
});
