import { memo } from 'react';
import type { TokenAdded } from '../../agent/types.ts';
import { formatFixed } from '../../ui/format.ts';
import styles from './lanes.module.css';
import { doubt, isTag, shownPiece, type TokenSpan } from './segments.ts';

/** More lines than a turn has on the narrowest page; what is too many is cut off. */
const LABEL_LINES = 120;

interface TurnProps {
  readonly id: string;
  readonly tokens: readonly TokenAdded[];
  readonly start: number;
  readonly end: number;
  readonly spans: readonly TokenSpan[];
  readonly lit: 'reasoning' | 'tool' | null;
  readonly caret: boolean;
  readonly chosen: number | null;
  readonly differsAt: number | null;
  readonly label: string;
}

/** What the model wrote without a break: two lanes that wrap together. */
export function Turn({ id, tokens, start, end, spans, lit, caret, chosen, differsAt, label }: TurnProps) {
  return (
    <div className={styles.turn} data-lit={lit ?? undefined}>
      <div className={styles.names} aria-hidden="true">
        <span className={styles.reasoningName}>{'reasoning\n'.repeat(LABEL_LINES)}</span>
        <span className={styles.toolName}>{'tool\n'.repeat(LABEL_LINES)}</span>
      </div>
      <div className={styles.lanes}>
        <div id={id} className={styles.flow} role="listbox" aria-label={label} aria-orientation="horizontal" tabIndex={0} aria-activedescendant={chosen === null || chosen < start || chosen >= end ? undefined : tokenId(id, chosen)}>
          {spans.map((span) => (
            <SpanTokens
              key={span.start}
              turn={id}
              tokens={tokens}
              start={span.start}
              end={span.end}
              role={span.role === 'tool' ? 'tool' : 'reasoning'}
              kind={span.kind}
              chosen={chosen !== null && chosen >= span.start && chosen < span.end ? chosen : null}
              differsAt={differsAt !== null && differsAt >= span.start && differsAt < span.end ? differsAt : null}
            />
          ))}
          {caret && <span className={[styles.caret, lit === 'tool' ? styles.tool : styles.reasoning].join(' ')} aria-hidden="true" />}
        </div>
      </div>
    </div>
  );
}

interface SpanProps {
  readonly turn: string;
  /** Grows in place; what stands from `start` to `end` never changes. */
  readonly tokens: readonly TokenAdded[];
  readonly start: number;
  readonly end: number;
  readonly role: 'reasoning' | 'tool';
  readonly kind: TokenSpan['kind'];
  readonly chosen: number | null;
  readonly differsAt: number | null;
}

/** Renewed only when its own tokens are more or another one is chosen: a stream touches its last span alone. */
const SpanTokens = memo(function SpanTokens({ turn, tokens, start, end, role, kind, chosen, differsAt }: SpanProps) {
  return (
    <span role="group" aria-label={role === kind ? role : `${role}, ${kind}`} className={styles[role]}>
      {tokens.slice(start, end).map((token, offset) => {
        const at = start + offset;
        const level = doubt(token.logprob);
        return (
          <span
            key={at}
            id={tokenId(turn, at)}
            data-at={at}
            data-doubt={level === null || level === 0 ? undefined : level}
            data-tag={isTag(token.piece) || undefined}
            data-differs={differsAt === at || undefined}
            className={styles.token}
            role="option"
            aria-selected={chosen === at}
            aria-label={spokenToken(token, role)}
          >
            {shownPiece(token.piece)}
          </span>
        );
      })}
    </span>
  );
});

function spokenToken(token: TokenAdded, role: string): string {
  const text = token.piece.trim() === '' ? 'white space' : token.piece.trim();
  return Number.isNaN(token.logprob) ? `${text}, ${role}` : `${text}, ${role}, probability ${formatFixed(Math.exp(token.logprob), 3)}`;
}

function tokenId(turn: string, at: number): string {
  return `${turn}-${at}`;
}
