import { parseChatText } from './chat-text.ts';
import { TURN_START } from './chatml.ts';
import { parseJsonLine, parseLineValue } from './json-line.ts';
import type { LineResult, ParsedLine } from './json-line.ts';
import { readLines } from './lines.ts';
import { exactMatchReward } from './reward.ts';
import { SEARCH_R1_TAGS, TAG_PRESETS, TrajectoryError, detectTags } from './tags.ts';
import type { LineProblem, TagSettings, Trajectory, TrajectoryFile } from './types.ts';

/** Names of the accepted formats, as they are shown. */
export const FORMATS = { lines: 'JSON Lines', array: 'JSON array', object: 'JSON object', chat: 'chat text' } as const;

export interface ReadOptions {
  /** Tags by which answers are scored. Default: Search-R1's. */
  readonly tags?: TagSettings;
  /** Keep at most this many trajectories; the rest of the file is not read. Default: no limit. */
  readonly limit?: number;
  /** Bytes read so far, and the file's size where it is known. */
  readonly onBytes?: (read: number, total: number | null) => void;
}

const ACCEPTED = 'Give JSON Lines with text, prompt and response, or messages on every line, or plain text with <|im_start|> turns.';
/** Formats other than JSON Lines are read whole. */
const MAX_WHOLE_BYTES = 256 * 1024 * 1024;

/**
 * Reads any text of SPEC section 8. Good trajectories are kept; bad lines are named with their number and reason.
 * @throws TrajectoryError when not one trajectory can be read
 */
export function parseTrajectories(text: string, options: ReadOptions = {}): TrajectoryFile {
  const collector = new Collector(options);
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') throw new TrajectoryError('The file is empty.', ACCEPTED);
  if (trimmed.startsWith('[')) return collector.finish(readArray(trimmed, collector));
  if (trimmed.startsWith('{')) {
    const whole = trimmed.includes('\n') ? tryJson(trimmed) : undefined;
    if (whole !== undefined) {
      // One pretty-printed object: lines of JSON Lines are never valid together.
      collector.take(1, parseLineValue(whole));
      return collector.finish(FORMATS.object);
    }
    for (const [index, line] of text.replace(/^\uFEFF/, '').split('\n').entries()) if (!collector.isFull()) collector.takeText(index + 1, line);
    return collector.finish(FORMATS.lines);
  }
  if (!trimmed.includes(TURN_START)) throw unknownFormat(trimmed);
  const { lines, problems } = parseChatText(text);
  for (const problem of problems) collector.problem(problem);
  for (const { line, at } of lines) if (!collector.isFull()) collector.take(at, { line });
  return collector.finish(FORMATS.chat);
}

/**
 * Reads a file of any size: JSON Lines as a stream (200 MB do not freeze the page and are not held twice), the other
 * formats whole.
 * @throws TrajectoryError as `parseTrajectories`, and when a file that must be read whole is larger than 256 MB
 */
export async function readTrajectoryFile(file: Blob, options: ReadOptions = {}): Promise<TrajectoryFile> {
  if (file.size === 0) throw new TrajectoryError('The file is empty.', ACCEPTED);
  const head = (await file.slice(0, 65_536).text()).replace(/^\uFEFF/, '').trimStart();
  const firstLine = head.split('\n', 1)[0];
  // A first line that is JSON by itself, or too long to tell, is a line of JSON Lines.
  const lines = head.startsWith('{') && (tryJson(firstLine.trim()) !== undefined || (!head.includes('\n') && file.size > 65_536) || firstLine.trim().endsWith('}'));
  if (!lines) {
    if (file.size > MAX_WHOLE_BYTES) throw new TrajectoryError(`This file of ${Math.round(file.size / 1e6)} MB is not JSON Lines, and other formats are read whole, up to ${Math.round(MAX_WHOLE_BYTES / 1e6)} MB.`, 'Write it as JSON Lines, one trajectory a line.');
    const text = await file.text();
    options.onBytes?.(file.size, file.size);
    return parseTrajectories(text, options);
  }
  const problems: LineProblem[] = [];
  const trajectories: Trajectory[] = [];
  for await (const item of streamTrajectories(file.stream(), { ...options, onBytes: (read) => options.onBytes?.(read, file.size) })) {
    if (item.trajectory === undefined) problems.push(item.problem);
    else trajectories.push(item.trajectory);
  }
  return finished(trajectories, problems, FORMATS.lines);
}

export type StreamItem = { readonly trajectory: Trajectory; readonly problem?: undefined } | { readonly trajectory?: undefined; readonly problem: LineProblem };

/** Trajectories and problems of a JSON Lines stream as they are read. The stream is cancelled once the limit is reached. */
export async function* streamTrajectories(stream: ReadableStream<Uint8Array>, options: ReadOptions = {}): AsyncGenerator<StreamItem> {
  const collector = new Collector(options);
  if (collector.isFull()) return;
  for await (const { number, text } of readLines(stream, (bytes) => options.onBytes?.(bytes, null))) {
    const [trajectories, problems] = [collector.trajectories.length, collector.problems.length];
    collector.takeText(number, number === 1 ? text.replace(/^\uFEFF/, '') : text);
    if (collector.problems.length > problems) yield { problem: collector.problems[problems] };
    if (collector.trajectories.length > trajectories) yield { trajectory: collector.trajectories[trajectories] };
    if (collector.isFull()) return;
  }
}

/**
 * Checks that angles can be measured at all.
 * @throws TrajectoryError when no response holds a tool span under these tags, naming the preset that would find some
 */
export function requireToolSpans(trajectories: readonly Trajectory[], tags: TagSettings): void {
  const responses = trajectories.map((trajectory) => trajectory.text.slice(trajectory.responseStart));
  if (responses.some((response) => response.includes(tags.search.open))) return;
  const preset = detectTags(responses);
  const other = TAG_PRESETS[preset];
  const remedy =
    other.search.open !== tags.search.open && responses.some((response) => response.includes(other.search.open))
      ? `The responses hold ${other.search.open}: choose the tags of ${preset === 'qwen' ? 'Qwen' : 'Search-R1'}.`
      : 'Set the tags that these trajectories use for a tool call, or choose trajectories that call a tool.';
  throw new TrajectoryError(`No response contains ${tags.search.open}, so there is no tool span to compare with reasoning.`, remedy);
}

class Collector {
  readonly trajectories: Trajectory[] = [];
  readonly problems: LineProblem[] = [];
  readonly #ids = new Map<string, number>();
  readonly #tags: TagSettings;
  readonly #limit: number;

  constructor(options: ReadOptions) {
    this.#tags = options.tags ?? SEARCH_R1_TAGS;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  isFull(): boolean {
    return this.trajectories.length >= this.#limit;
  }

  /** Blank lines are passed over. */
  takeText(line: number, text: string): void {
    if (text.trim() !== '') this.take(line, parseJsonLine(text));
  }

  take(line: number, result: LineResult): void {
    if (result.line === undefined) this.problem({ line, reason: result.reason });
    else this.trajectories.push(this.#complete(line, result.line));
  }

  problem(problem: LineProblem): void {
    this.problems.push(problem);
  }

  finish(format: string): TrajectoryFile {
    return finished(this.trajectories, this.problems, format);
  }

  #complete(line: number, parsed: ParsedLine): Trajectory {
    const { text, responseStart, question, goldenAnswers } = parsed;
    const reward = parsed.reward ?? exactMatchReward(parsed, this.#tags);
    return {
      id: this.#unique(parsed.id ?? `line ${line}`),
      question,
      goldenAnswers,
      text,
      responseStart,
      group: parsed.group ?? (question === '' ? text.slice(0, responseStart) : question),
      ...(parsed.tokens === null ? {} : { tokens: parsed.tokens }),
      ...(parsed.promptTokens === null ? {} : { promptTokens: parsed.promptTokens }),
      ...(parsed.roles === null ? {} : { roles: parsed.roles }),
      ...(reward === null ? {} : { reward }),
    };
  }

  /** Rollouts of one question often carry the question's id: the second becomes "id #2". */
  #unique(id: string): string {
    const count = (this.#ids.get(id) ?? 0) + 1;
    this.#ids.set(id, count);
    return count === 1 ? id : this.#unique(`${id} #${count}`);
  }
}

function finished(trajectories: readonly Trajectory[], problems: readonly LineProblem[], format: string): TrajectoryFile {
  if (trajectories.length === 0) {
    if (problems.length === 0) throw new TrajectoryError('The file holds no trajectory.', ACCEPTED);
    const first = problems[0];
    const count = problems.length === 1 ? 'The only entry' : `None of ${problems.length} entries`;
    throw new TrajectoryError(`${count} could ${problems.length === 1 ? 'not ' : ''}be read as a trajectory; line ${first.line}: ${first.reason}.`, ACCEPTED);
  }
  return { trajectories, problems, format };
}

function readArray(text: string, collector: Collector): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TrajectoryError(`The file begins as a JSON array but is not valid JSON (${error instanceof Error ? error.message : 'unreadable'}).`, ACCEPTED);
  }
  if (!Array.isArray(value)) throw unknownFormat(text);
  const entries: readonly unknown[] = value;
  // In an array, "line" is the entry's number.
  for (const [index, entry] of entries.entries()) if (!collector.isFull()) collector.take(index + 1, parseLineValue(entry));
  return FORMATS.array;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unknownFormat(text: string): TrajectoryError {
  const begin = text.slice(0, 40).replaceAll(/\s+/g, ' ');
  return new TrajectoryError(`The file is neither JSON nor text with ${TURN_START} turns; it begins "${begin}".`, ACCEPTED);
}
