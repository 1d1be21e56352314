import type { Question } from '../agent/types.ts';
import { Random } from '../core/random.ts';

/**
 * The questions of a step: equal parts of each set, every set shuffled anew at each pass by the seed. A function of the
 * step alone, so that every arm of a seed sees the same questions and a resumed run needs no position.
 */
export function questionsOfStep(sets: readonly (readonly Question[])[], count: number, seed: number, step: number): Question[] {
  const filled = sets.filter(({ length }) => length > 0);
  if (filled.length === 0) throw new RangeError('There are no questions to train on.');
  const random = new Random(seed).stream('data');
  return filled.flatMap((set, index) => {
    const share = Math.floor(count / filled.length) + (index < count % filled.length ? 1 : 0);
    return Array.from({ length: share }, (_, offset) => {
      const place = step * share + offset;
      const pass = Math.floor(place / set.length);
      const order = random.stream(index).stream(pass).shuffle(Array.from(set.keys()));
      return set[order[place % set.length]];
    });
  });
}

/** A seed of its own for a step's rollouts. */
export function rolloutSeed(seed: number, step: number): number {
  return new Random(seed).stream('sampling').stream(step).bits();
}
