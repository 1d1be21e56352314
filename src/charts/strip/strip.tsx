import { memo } from 'react';
import styles from './strip.module.css';

export interface StripSpan {
  readonly role: 'prompt' | 'reasoning' | 'tool' | 'observation';
  readonly start: number;
  readonly end: number;
}

interface Props {
  readonly spans: readonly StripSpan[];
  readonly length: number;
  /** Tokens whose gradients are done, 0 … length. */
  readonly done: number;
}

/**
 * One trajectory as a barcode of its tokens: reasoning in the upper lane, tool in the lower, observations and the prompt
 * as thin lines between, so that the lanes read without colour too. It is pale until its gradients are done.
 */
export const Strip = memo(function Strip({ spans, length, done }: Props) {
  const share = length === 0 ? 0 : Math.min(1, done / length);
  return (
    <svg className={styles.strip} viewBox={`0 0 ${Math.max(1, length)} 16`} preserveAspectRatio="none" aria-hidden="true">
      {share < 1 && (
        <g className={styles.pale}>
          <Spans spans={spans} limit={length} />
        </g>
      )}
      {share > 0 && <Spans spans={spans} limit={share * length} />}
    </svg>
  );
});

const LANE = { prompt: { y: 7.5, height: 1 }, observation: { y: 6.5, height: 3 }, reasoning: { y: 0, height: 8 }, tool: { y: 8, height: 8 } } as const;

function Spans({ spans, limit }: { readonly spans: readonly StripSpan[]; readonly limit: number }) {
  return spans
    .filter((span) => span.start < limit)
    .map((span) => <rect key={span.start} className={styles[span.role]} x={span.start} width={Math.min(limit, span.end) - span.start} {...LANE[span.role]} />);
}
