import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from 'react';
import type { AdapterChoice } from '../../lab/rollout-events.ts';
import type { RolloutView } from '../../state/rollouts/types.ts';
import { plural } from '../../ui/format.ts';
import { Golden } from './golden-text.tsx';
import styles from './lanes.module.css';
import { ObservationCard } from './observation-card.tsx';
import { activeLane, partsOf } from './segments.ts';
import { TokenDetail } from './token-detail.tsx';
import { Turn } from './turn.tsx';

interface Props {
  readonly view: RolloutView;
  /** `view.revision`: the view's lists grow in place. */
  readonly revision: number;
  /** Being written right now. */
  readonly writing: boolean;
  /** First position that differs from the rollout it is compared with. */
  readonly differsAt: number | null;
  readonly label: string;
  /** Of its writer. */
  readonly adapters: AdapterChoice;
}

/**
 * A rollout as a score: reasoning on the upper line, tool on the lower, what the environment wrote folded between. One
 * token is chosen at a time, by pointer, touch or arrow keys, and its numbers stand under it.
 */
export function Lanes({ view, revision, writing, differsAt, label, adapters }: Props) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the lists grow in place, which `revision` tells
  const parts = useMemo(() => partsOf(view.tokens, view.searches), [view, revision]);
  const lit = writing ? activeLane(view.tokens, view.searches) : null;
  const last = parts.findLastIndex((part) => part.kind === 'turn');
  const shown = hovered ?? chosen;

  const onPointer = (event: PointerEvent) => {
    const at = positionOf(event.target);
    if (event.pointerType === 'mouse') setHovered(at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && chosen !== null) {
      event.preventDefault();
      event.stopPropagation();
      setChosen(null);
      return;
    }
    const turn = parts.find((part) => part.kind === 'turn' && turnId(id, part.start) === (event.target instanceof Element ? event.target.id : ''));
    if (turn === undefined) return;
    const next = moved(event.key, chosen !== null && chosen >= turn.start && chosen < turn.end ? chosen : null, turn.start, turn.end);
    if (next === null) return;
    event.preventDefault();
    setHovered(null);
    setChosen(next);
  };

  return (
    <div className={styles.frame} ref={frame} role="group" aria-label={label} onPointerOver={onPointer} onPointerLeave={() => setHovered(null)} onClick={(event) => setChosen(positionOf(event.target))} onKeyDown={onKeyDown}>
      {parts.map((part, index) => {
        switch (part.kind) {
          case 'prompt':
            return (
              <details key="prompt" className={styles.fold}>
                <summary>
                  <span className={styles.foldName}>Prompt</span>
                  <span>{plural(part.end - part.start, 'token')}</span>
                </summary>
                <p className={styles.read}>{textOf(view, part.start, part.end)}</p>
              </details>
            );
          case 'observation':
            return (
              <ObservationCard key={`observation-${part.search ?? `at-${part.start}`}`} number={part.search === null ? null : part.search + 1} search={part.search === null ? null : view.searches[part.search]} tokens={part.end - part.start}>
                <Golden text={textOf(view, part.start, part.end)} answers={view.question.goldenAnswers} />
              </ObservationCard>
            );
          case 'turn':
            return (
              <Turn
                key={part.start}
                id={turnId(id, part.start)}
                tokens={view.tokens}
                start={part.start}
                end={part.end}
                spans={part.spans}
                lit={index === last ? lit : null}
                caret={writing && lit !== null && index === last}
                chosen={chosen !== null && chosen >= part.start && chosen < part.end ? chosen : null}
                differsAt={differsAt !== null && differsAt >= part.start && differsAt < part.end ? differsAt : null}
                label={`Tokens ${part.start} to ${part.end - 1} of ${label}`}
              />
            );
        }
      })}
      {shown !== null && shown < view.tokens.length && <TokenDetail token={view.tokens[shown]} adapters={adapters} frame={frame} />}
    </div>
  );
}

function turnId(id: string, start: number): string {
  return `${id}-turn-${start}`;
}

function positionOf(target: EventTarget): number | null {
  const at = target instanceof Element ? target.closest('[data-at]')?.getAttribute('data-at') : null;
  return at === null || at === undefined ? null : Number(at);
}

function textOf(view: RolloutView, start: number, end: number): string {
  return view.tokens
    .slice(start, end)
    .map((token) => token.piece)
    .join('')
    .trim();
}

/** Where an arrow key leads from a token; null for keys that mean nothing here. */
function moved(key: string, from: number | null, start: number, end: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return from === null ? start : Math.min(end - 1, from + 1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return from === null ? end - 1 : Math.max(start, from - 1);
    case 'Home':
      return start;
    case 'End':
      return end - 1;
    default:
      return null;
  }
}
