import { firstDifference, type TextTokenizer } from '../backbone/tokenizer.ts';
import { BackboneError } from '../backbone/types.ts';
import { requireToolSpans } from '../core/trajectory/formats.ts';
import { TrajectoryError } from '../core/trajectory/tags.ts';
import { decodeTokenBytes, encodeTrajectory } from '../core/trajectory/tokens.ts';
import type { EncodedTrajectory, LineProblem, Routing, TagSettings, Trajectory } from '../core/trajectory/types.ts';

export interface EncodeOptions {
  readonly tags: TagSettings;
  readonly routing: Routing;
  /** The model's context: longer sequences are refused. */
  readonly maxTokens: number;
  readonly vocabSize: number;
}

export interface EncodedSet {
  readonly encoded: readonly EncodedTrajectory[];
  /** Trajectories that were left out, each with its reason. */
  readonly refused: readonly LineProblem[];
  /** What was kept but differs from what one might expect, in sentences. */
  readonly notes: readonly string[];
}

type Outcome = { readonly trajectory: EncodedTrajectory; readonly altered: boolean } | { readonly refusal: string };

/** The words of a text, without what templates add around turns. */
function wordsOf(text: string): string[] {
  return text.replace(/<\|[^|]*\|>/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Whether the file's token ids are those of another tokenizer: beyond this vocabulary, or decoding to a text that lacks
 * most of the response's words. Less than equality is asked, since an author's text may lack special tokens or have a
 * character that was cut in half; under another vocabulary next to no word agrees.
 */
function foreignIds(source: Trajectory, ids: readonly number[], tokenizer: TextTokenizer, vocabSize: number): boolean {
  if (ids.some((id) => id >= vocabSize)) return true;
  const words = wordsOf(source.text.slice(source.responseStart));
  const there = new Set(wordsOf(decodeTokenBytes(ids.map((id) => tokenizer.tokenBytes(id))).text));
  return 2 * words.filter((word) => there.has(word)).length < words.length;
}

/** Without the ids of another tokenizer, and without what is counted in them. */
function textOnly({ id, question, goldenAnswers, text, responseStart, reward, group }: Trajectory): Trajectory {
  return { id, question, goldenAnswers, text, responseStart, group, ...(reward === undefined ? {} : { reward }) };
}

/** One trajectory: the file's own token ids as they are, otherwise its text through the tokenizer. */
function encodeOne(source: Trajectory, tokenizer: TextTokenizer, { tags, routing, maxTokens }: EncodeOptions): Outcome {
  const ids = source.tokens ?? tokenizer.encode(source.text);
  if (ids.length > maxTokens) return { refusal: `has ${ids.length} tokens and the model's context is ${maxTokens}` };
  let trajectory: EncodedTrajectory;
  try {
    trajectory = encodeTrajectory(source, ids, decodeTokenBytes(Array.from(ids, (id) => tokenizer.tokenBytes(id))), tags, routing);
  } catch (error) {
    // One trajectory that does not fit must not end the run; anything unforeseen must.
    if (error instanceof TrajectoryError || error instanceof BackboneError) return { refusal: `cannot be encoded (${error.message.replace(/\.$/, '')})` };
    throw error;
  }
  const measured = trajectory.spans.some(({ role, end }) => (role === 'reasoning' || role === 'tool') && end > 1);
  if (!measured) return { refusal: 'has no token that the model wrote' };
  return { trajectory, altered: source.tokens === undefined && firstDifference(tokenizer, source.text, ids) !== null };
}

function has(trajectory: EncodedTrajectory, role: 'reasoning' | 'tool'): boolean {
  return trajectory.spans.some((span) => span.role === role);
}

/** A count with its word. */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * Trajectories as the engine takes them, in the order of the file.
 * @throws TrajectoryError when none is left, or none calls a tool under these tags
 */
export function encodeTrajectories(trajectories: readonly Trajectory[], tokenizer: TextTokenizer, options: EncodeOptions): EncodedSet {
  requireToolSpans(trajectories, options.tags);
  const encoded: EncodedTrajectory[] = [];
  const refused: LineProblem[] = [];
  let [altered, foreign] = [0, 0];
  for (const given of trajectories) {
    const anew = given.tokens !== undefined && foreignIds(given, given.tokens, tokenizer, options.vocabSize);
    const source = anew ? textOnly(given) : given;
    const outcome = encodeOne(source, tokenizer, options);
    if ('refusal' in outcome) {
      // A trajectory does not know its line; its id stands in the reason.
      refused.push({ line: 0, reason: `Trajectory ${source.id} ${outcome.refusal}.` });
      continue;
    }
    encoded.push(outcome.trajectory);
    if (outcome.altered) altered += 1;
    if (anew) foreign += 1;
  }
  if (encoded.length === 0) {
    throw new TrajectoryError(`None of the ${trajectories.length} trajectories can be used. ${refused[0].reason}`, 'Choose a backbone with a longer context, or shorter trajectories.');
  }
  const withoutTool = encoded.filter((trajectory) => !has(trajectory, 'tool')).length;
  const withoutReasoning = encoded.filter((trajectory) => !has(trajectory, 'reasoning')).length;
  const notes: string[] = [];
  if (refused.length > 0) notes.push(`${plural(refused.length, 'trajectory was', 'trajectories were')} left out.`);
  if (foreign > 0) notes.push(`The token ids of ${plural(foreign, 'trajectory are', 'trajectories are')} another tokenizer’s: ${foreign === 1 ? 'its text is' : 'their texts are'} encoded anew with this backbone’s, and roles are found by the tags.`);
  if (withoutTool > 0) notes.push(`${plural(withoutTool, 'trajectory has', 'trajectories have')} no tool span and ${withoutTool === 1 ? 'counts' : 'count'} for reasoning only.`);
  if (withoutReasoning > 0) notes.push(`${plural(withoutReasoning, 'trajectory has', 'trajectories have')} no reasoning span and ${withoutReasoning === 1 ? 'counts' : 'count'} for tool use only.`);
  if (altered > 0) notes.push(`The tokenizer changes the text of ${plural(altered, 'trajectory', 'trajectories')} (for instance, it composes accents); roles are found in the text of the tokens.`);
  return { encoded, refused, notes };
}
