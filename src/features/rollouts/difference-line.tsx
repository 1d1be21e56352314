import type { RolloutView } from '../../state/rollouts/types.ts';
import { plural } from '../../ui/format.ts';
import { shownPiece } from './segments.ts';
import styles from './rollout-reader.module.css';

/** Where two rollouts of one question and seed part, in words. */
export function DifferenceLine({ first, second, differsAt }: { readonly first: RolloutView; readonly second: RolloutView; readonly differsAt: number | null }) {
  return <p className={styles.note}>{differenceText(first, second, differsAt)}</p>;
}

export function differenceText(first: RolloutView, second: RolloutView, differsAt: number | null): string {
  const over = first.finished !== null && second.finished !== null;
  if (differsAt === null) {
    if (!over) return `The same so far, for ${plural(Math.min(first.tokens.length, second.tokens.length), 'token')}.`;
    return first.tokens.length === second.tokens.length ? `The two are the same, token by token: ${plural(first.tokens.length, 'token')}.` : 'One of the two is the beginning of the other.';
  }
  const piece = (view: RolloutView) => `“${shownPiece(view.tokens[differsAt].piece).trim()}”`;
  return `The same for ${plural(differsAt, 'token')}, prompt included; then ${piece(first)} against ${piece(second)} at token ${differsAt}, framed.`;
}
