import { nextFinder } from './next-finder.ts';

/** ChatML, the chat template of Qwen: `<|im_start|>role\n…<|im_end|>\n`. */

export const TURN_START = '<|im_start|>';
export const TURN_END = '<|im_end|>';
export const ASSISTANT_START = `${TURN_START}assistant\n`;
/** What Qwen3's template writes behind `ASSISTANT_START` where thinking is switched off. */
export const NO_THINKING = '<think>\n\n</think>\n\n';

export interface ChatTurn {
  readonly role: string;
  readonly content: string;
}

/** One turn of a ChatML text with character offsets; half-open. */
export interface TurnRange {
  readonly role: string;
  /** Of `<|im_start|>`. */
  readonly start: number;
  /** Of the first character after `role\n`. */
  readonly contentStart: number;
  /** Of `<|im_end|>`, or where the turn otherwise ends. */
  readonly contentEnd: number;
  /** After `<|im_end|>`; equal to `contentEnd` for a turn that never closes. */
  readonly end: number;
}

/** `<|im_start|>role\n…<|im_end|>\n` for every turn. */
export function renderChatMl(turns: readonly ChatTurn[]): string {
  return turns.map(({ role, content }) => `${TURN_START}${role}\n${content}${TURN_END}\n`).join('');
}

/** The turns of a ChatML text in order. Text before the first turn, and between turns, belongs to none. */
export function chatTurns(text: string): TurnRange[] {
  const turns: TurnRange[] = [];
  const find = nextFinder(text);
  let start = text.indexOf(TURN_START);
  while (start >= 0) {
    const next = text.indexOf(TURN_START, start + TURN_START.length);
    const limit = next < 0 ? text.length : next;
    const newline = find('\n', start);
    const headEnd = newline < 0 || newline >= limit ? limit : newline;
    const role = text.slice(start + TURN_START.length, headEnd).trim();
    const contentStart = Math.min(limit, headEnd + 1);
    const close = find(TURN_END, contentStart);
    const contentEnd = close < 0 || close >= limit ? limit : close;
    turns.push({ role, start, contentStart, contentEnd, end: contentEnd === limit ? limit : contentEnd + TURN_END.length });
    start = next;
  }
  return turns;
}

/** Markers after which templates let the assistant begin. */
const ASSISTANT_MARKERS = [/<\|im_start\|>assistant\r?\n(?:<think>\n\n<\/think>\n\n)?/, /<\|start_header_id\|>assistant<\|end_header_id\|>\s*/, /<\|assistant\|>\r?\n?/];

/**
 * Where the response of a whole chat string begins: after the first assistant marker; in a text without a chat
 * template, after the line of the first "Question:" (a later one may be in a document). Null when neither is there.
 */
export function findResponseStart(text: string): number | null {
  let best: number | null = null;
  for (const marker of ASSISTANT_MARKERS) {
    const match = marker.exec(text);
    if (match !== null && (best === null || match.index + match[0].length < best)) best = match.index + match[0].length;
  }
  if (best !== null) return best;
  const question = /^[^]*?Question:[^\n]*\n/.exec(text);
  return question === null ? null : question[0].length;
}

/** The question of a prompt: what follows the last "Question:" on its line, else the last user turn, else the prompt. */
export function findQuestion(prompt: string): string {
  const at = prompt.lastIndexOf('Question:');
  if (at >= 0) {
    const rest = prompt.slice(at + 'Question:'.length);
    const line = /^\s*([^\n]*)/.exec(rest)?.[1] ?? '';
    return stripTurnEnd(line);
  }
  const user = chatTurns(prompt).findLast((turn) => turn.role === 'user');
  return stripTurnEnd(user === undefined ? prompt : prompt.slice(user.contentStart, user.contentEnd));
}

function stripTurnEnd(text: string): string {
  const end = text.indexOf(TURN_END);
  return (end < 0 ? text : text.slice(0, end)).trim();
}
