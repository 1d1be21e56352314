import { ROLE_CODE } from '../core/trajectory/types.ts';
import type { DecoderApi } from '../engine/types.ts';
import { inParts } from './update.ts';

/** A demonstration: its tokens and ROLE_CODE of each. */
export interface TagLesson {
  readonly tokens: Uint32Array;
  readonly roles: Uint8Array;
}

/** Where a token that the model wrote stands to the tags. */
export const TAG_PLACES = ['tag', 'after', 'other'] as const;
export type TagPlace = (typeof TAG_PLACES)[number];

export interface TagLoss {
  readonly tokens: number;
  /** −Σ log π over them. */
  readonly nats: number;
}

/** Losses over the model-written tokens of some demonstrations. */
export interface TagLosses extends Readonly<Record<TagPlace, TagLoss>> {
  readonly trajectories: number;
}

function isWritten(role: number): boolean {
  return role === ROLE_CODE.reasoning || role === ROLE_CODE.tool;
}

/**
 * The place of each token: a tag, the token behind one (also behind a tag of the environment's), or another; null where
 * the model did not write it, and for the first, which nothing predicts.
 */
export function tagPlaces({ tokens, roles }: TagLesson, ids: ReadonlySet<number>): (TagPlace | null)[] {
  return Array.from(tokens, (token, at) => {
    if (at === 0 || !isWritten(roles[at])) return null;
    if (ids.has(token)) return 'tag';
    return ids.has(tokens[at - 1]) ? 'after' : 'other';
  });
}

/** 1/N at each token that the model wrote, N of them in all lessons together. */
export function tagWeights(lessons: readonly TagLesson[]): Float32Array[] {
  const written = lessons.reduce((sum, { roles }) => sum + roles.subarray(1).filter(isWritten).length, 0);
  return lessons.map(({ roles }) => Float32Array.from(roles, (role, at) => (at > 0 && isWritten(role) ? 1 / written : 0)));
}

/** Adds up log-probabilities of target tokens by place. @param logprobs of token t of lesson i at [i][t − offset] */
export function sumByPlace(lessons: readonly TagLesson[], ids: ReadonlySet<number>, logprobs: readonly ArrayLike<number>[], offset: number): TagLosses {
  const sums = { tag: { tokens: 0, nats: 0 }, after: { tokens: 0, nats: 0 }, other: { tokens: 0, nats: 0 } };
  lessons.forEach((lesson, index) =>
    tagPlaces(lesson, ids).forEach((place, at) => {
      if (place === null) return;
      sums[place].tokens += 1;
      sums[place].nats -= logprobs[index][at - offset];
    }),
  );
  return { ...sums, trajectories: lessons.length };
}

export function addLosses(a: TagLosses, b: TagLosses): TagLosses {
  const both = (place: TagPlace): TagLoss => ({ tokens: a[place].tokens + b[place].tokens, nats: a[place].nats + b[place].nats });
  return { tag: both('tag'), after: both('after'), other: both('other'), trajectories: a.trajectories + b.trajectories };
}

export const NO_LOSSES: TagLosses = { tag: { tokens: 0, nats: 0 }, after: { tokens: 0, nats: 0 }, other: { tokens: 0, nats: 0 }, trajectories: 0 };

/** All of them, nats a trajectory: comparable between tokenisations of the same texts. */
export function natsPerTrajectory({ tag, after, other, trajectories }: TagLosses): number {
  return (tag.nats + after.nats + other.nats) / trajectories;
}

/** The losses of a decoder as it is. @param told how many lessons are done */
export async function measureTagLosses(
  decoder: Pick<DecoderApi, 'logLikelihood'>,
  lessons: readonly TagLesson[],
  ids: readonly number[],
  microBatchTokens: number,
  checkpoint: () => Promise<void>,
  told: (done: number) => void = () => undefined,
): Promise<TagLosses> {
  const known = new Set(ids);
  let sum = NO_LOSSES;
  for (const part of inParts(lessons, ({ tokens }) => tokens.length, microBatchTokens)) {
    await checkpoint();
    const logprobs = await decoder.logLikelihood(part.map(({ tokens }) => ({ tokens, adapters: new Uint8Array(tokens.length) })));
    sum = addLosses(sum, sumByPlace(part, known, logprobs, 1));
    told(sum.trajectories);
  }
  return sum;
}
