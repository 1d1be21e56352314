import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { Random } from '../core/random.ts';
import { TrajectoryError } from '../core/trajectory/tags.ts';
import type { EncodedTrajectory, LineProblem, TagSettings, Trajectory, TrajectoryFile } from '../core/trajectory/types.ts';
import type { TagLesson } from '../training/tag-losses.ts';
import { encodeTrajectories, plural } from './encode.ts';

/** One question in this many is held out, and at most this many trajectories are: they are measured three times. */
const HELD_OUT_SHARE = 5;
const MOST_HELD_OUT = 24;

export interface TagLessons {
  readonly training: readonly TagLesson[];
  readonly heldOut: readonly TagLesson[];
  /** The held-out texts as the tokenizer cuts them. */
  readonly cut: readonly TagLesson[];
  readonly problems: readonly LineProblem[];
  readonly notes: readonly string[];
}

export interface TagLessonOptions {
  readonly tags: TagSettings;
  readonly maxTokens: number;
  readonly vocabSize: number;
  readonly seed: number;
}

/**
 * Demonstrations for a warm-up. All of a question's rollouts are on one side. Token ids of the file are passed over: they
 * are another tokenisation's.
 * @param plain the backbone's tokenizer @param added the same with the tags as tokens
 * @throws TrajectoryError where nothing is left to learn from or to measure on
 */
export function tagLessons(file: TrajectoryFile, plain: TextTokenizer, added: TextTokenizer, { tags, maxTokens, vocabSize, seed }: TagLessonOptions): TagLessons {
  const texts = file.trajectories.map(textAlone);
  const options = { tags, routing: 'paper', maxTokens: Number.POSITIVE_INFINITY, vocabSize } as const;
  const { encoded, refused, notes } = encodeTrajectories(texts, added, options);
  const held = heldOutGroups(encoded, seed);
  const [measured, learnt] = [encoded.filter(({ source }) => held.has(source.group)).slice(0, MOST_HELD_OUT), encoded.filter(({ source }) => !held.has(source.group))];
  if (measured.length === 0 || learnt.length === 0) {
    throw new TrajectoryError(`A warm-up needs trajectories of at least two questions: one to learn from, one to measure on; these are of ${plural(new Set(encoded.map(({ source }) => source.group)).size, 'question', 'questions')}.`, 'Choose a file with more questions.');
  }
  // All of them: those held out may happen to hold no tool call, which a file may not.
  const cutById = new Map(encodeTrajectories(texts, plain, options).encoded.map((trajectory) => [trajectory.source.id, trajectory]));
  const long = encoded.filter(({ tokens }) => tokens.length > maxTokens).length;
  const shorter = (trajectory: EncodedTrajectory): TagLesson => ({ tokens: trajectory.tokens.subarray(0, maxTokens), roles: trajectory.roles.subarray(0, maxTokens) });
  return {
    training: learnt.map(shorter),
    // Measured on whole texts where they fit, on the same characters of both tokenisations where they do not.
    heldOut: measured.map(shorter),
    cut: measured.flatMap((trajectory) => {
      const cut = cutById.get(trajectory.source.id);
      return cut ? [cutAt(cut, trajectory, maxTokens)] : [];
    }),
    problems: [...file.problems, ...refused],
    notes: long === 0 ? notes : [...notes, `${plural(long, 'trajectory is', 'trajectories are')} longer than ${maxTokens} tokens and ${long === 1 ? 'loses its' : 'lose their'} end.`],
  };
}

function textAlone({ id, question, goldenAnswers, text, responseStart, reward, group }: Trajectory): Trajectory {
  return { id, question, goldenAnswers, text, responseStart, group, ...(reward === undefined ? {} : { reward }) };
}

/** A fifth of the questions, but no more than it takes to have enough to measure on. One always stays to learn from. */
function heldOutGroups(encoded: readonly EncodedTrajectory[], seed: number): ReadonlySet<string> {
  const sizes = new Map<string, number>();
  for (const { source } of encoded) sizes.set(source.group, (sizes.get(source.group) ?? 0) + 1);
  const groups = new Random(seed).stream('held out').shuffle([...sizes.keys()]);
  const held = new Set<string>();
  let trajectories = 0;
  for (const group of groups.slice(0, Math.min(Math.ceil(groups.length / HELD_OUT_SHARE), groups.length - 1))) {
    if (trajectories >= MOST_HELD_OUT) break;
    held.add(group);
    trajectories += sizes.get(group) ?? 0;
  }
  return held;
}

/** As much of a cut tokenisation as `maxTokens` tokens of the other one hold. */
function cutAt({ tokens, roles, pieces }: EncodedTrajectory, added: EncodedTrajectory, maxTokens: number): TagLesson {
  if (added.tokens.length <= maxTokens) return { tokens, roles };
  const characters = added.pieces.slice(0, maxTokens).join('').length;
  let length = 0;
  let end = 0;
  while (end < pieces.length && length < characters) {
    length += pieces[end].length;
    end += 1;
  }
  return { tokens: tokens.subarray(0, end), roles: roles.subarray(0, end) };
}
