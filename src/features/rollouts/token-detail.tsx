import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import type { TokenAdded } from '../../agent/types.ts';
import type { AdapterChoice } from '../../lab/rollout-events.ts';
import { ROLES } from '../../core/trajectory/types.ts';
import { formatFixed } from '../../ui/format.ts';
import { shownPiece } from './segments.ts';
import { adapterName } from './choices.ts';
import styles from './token-detail.module.css';

/** The numbers of one token, under it and inside the frame. */
export function TokenDetail({ token, adapters, frame }: { readonly token: TokenAdded; readonly adapters: AdapterChoice; readonly frame: RefObject<HTMLDivElement | null> }) {
  const card = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  useLayoutEffect(() => {
    const outer = frame.current?.getBoundingClientRect();
    const target = frame.current?.querySelector(`[data-at="${token.position}"]`)?.getClientRects()[0];
    if (!outer || !target || !card.current) return;
    const left = Math.max(0, Math.min(target.left - outer.left - 12, outer.width - card.current.offsetWidth));
    setPlace({ left, top: target.bottom - outer.top + 6 });
  }, [token, frame]);
  return (
    <div ref={card} className={styles.card} style={place} data-token-detail={token.position}>
      <p className={styles.head}>
        <span className={styles.piece}>{shownPiece(token.piece)}</span>
        <span className={styles.muted}>{`token ${token.position}, id ${token.token}`}</span>
      </p>
      <p className={styles.muted}>{`${ROLES[token.role]}${token.kind === ROLES[token.role] ? '' : `, ${token.kind}`}; by ${adapterName(adapters, token.adapter)}`}</p>
      <p className={styles.number}>
        {Number.isNaN(token.logprob) ? 'Not drawn by the model, so it has no probability.' : `probability ${formatProbability(token.logprob)}, log π ${formatFixed(token.logprob, 3)} nats`}
      </p>
      {token.alternatives.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">most probable here</th>
              <th scope="col" className={styles.value}>
                probability
              </th>
            </tr>
          </thead>
          <tbody>
            {token.alternatives.map((alternative) => (
              <tr key={alternative.token} data-written={alternative.token === token.token || undefined}>
                <td>
                  <span className={styles.bar} style={{ transform: `scaleX(${Math.exp(alternative.logprob)})` }} />
                  <span className={styles.alternative}>{shownPiece(alternative.piece ?? `id ${alternative.token}`)}</span>
                </td>
                <td className={styles.value}>{formatProbability(alternative.logprob)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function formatProbability(logprob: number): string {
  const probability = Math.exp(logprob);
  return probability < 0.0005 ? '< 0.001' : formatFixed(probability, 3);
}
