import { ASSISTANT_START, NO_THINKING, TURN_END, TURN_START } from './chatml.ts';
import { nextFinder } from './next-finder.ts';
import type { Next } from './next-finder.ts';
import { SEARCH_R1_TAGS } from './tags.ts';
import type { Role, Span, SpanKind, TagSettings } from './types.ts';

/**
 * Roles of a chat-templated text by character offsets (SPEC section 1). One pass, in this order of force:
 *
 * 1. Outside assistant turns everything is observation, markers included: from `<|im_end|>` through the next
 *    `<|im_start|>assistant\n`. The `<|im_end|>` that closes the last turn was the model's decision to stop and has no
 *    turn after it: it is reasoning (other). What follows it (the template's newline) is observation. So is an empty
 *    `<think>\n\n</think>\n\n` directly after the marker: Qwen3's template writes it where thinking is switched off.
 * 2. `<information>…</information>` with up to two newlines on each side (what Search-R1 inserts) is observation, and so
 *    is Search-R1's invalid-action notice. Tags inside them open nothing. Either one ends whatever was open.
 * 3. `<search>` is reasoning (other); from the character after it through `</search>` is tool. Until then nothing but 1
 *    and 2 ends it: this keeps the role a function of the prefix, as routing needs it.
 * 4. `<think>…</think>` and `<answer>…</answer>`, tags included. Every opening tag ends an open think or answer, which
 *    does not resume: an unclosed think cannot swallow what follows, and after a search inside a think the rest is other.
 * 5. Everything else, stray closing tags included, is loose text: reasoning (other).
 *
 * Search-R1 cuts observations at 500 tokens, so an `<information>` may lack its end. It then runs to the first `<think>`,
 * `<search>` or `<answer>` after it, or else to the end of the turn. An `<information>` inside an open one counts as the
 * environment's only when a `</search>` stands directly before it; otherwise it is document text.
 */
export function characterSpans(text: string, responseStart: number, tags: TagSettings = SEARCH_R1_TAGS): Span[] {
  if (!(responseStart >= 0 && responseStart <= text.length)) throw new RangeError(`No response start ${responseStart} in ${text.length} characters.`);
  const runs = new Runs();
  runs.add('prompt', 'prompt', responseStart);
  const assistant = text.startsWith(TURN_START, responseStart) ? null : responseStart;
  const next = nextFinder(text);
  const nextTag = tagFinder(text, tags);
  let at = assistant ?? nextAssistant(text, responseStart, runs);
  while (at < text.length) {
    const end = turnEnd(text, at, next);
    scanTurn(text, at, end, tags, runs, next, nextTag);
    at = end;
    if (at < text.length) at = nextAssistant(text, at, runs);
  }
  return runs.spans;
}

/** Merges neighbours of the same role and kind; empty runs vanish. */
class Runs {
  readonly spans: Span[] = [];
  #end = 0;

  /** Extends the covered text to `end` with this role. */
  add(role: Role, kind: SpanKind, end: number): void {
    if (end <= this.#end) return;
    const last = this.spans.at(-1);
    if (last?.role === role && last.kind === kind) this.spans[this.spans.length - 1] = { ...last, end };
    else this.spans.push({ role, kind, start: this.#end, end });
    this.#end = end;
  }
}

/** Where the assistant's writing that begins at `from` ends: at the turn marker, or at the end of the text. */
function turnEnd(text: string, from: number, next: Next): number {
  const close = next(TURN_END, from);
  const open = next(TURN_START, from);
  if (close < 0) return open < 0 ? text.length : open;
  return open < 0 ? close : Math.min(open, close);
}

/** Marks everything up to the next assistant turn and returns where that turn's content begins (or the text's end). */
function nextAssistant(text: string, from: number, runs: Runs): number {
  const marker = text.indexOf(ASSISTANT_START, from);
  if (marker >= 0) {
    const start = marker + ASSISTANT_START.length;
    const content = text.startsWith(NO_THINKING, start) ? start + NO_THINKING.length : start;
    runs.add('observation', 'observation', content);
    return content;
  }
  // Only the very last turn's own end is the model's.
  if (text.startsWith(TURN_END, from) && text.indexOf(TURN_START, from) < 0) runs.add('reasoning', 'other', from + TURN_END.length);
  runs.add('observation', 'observation', text.length);
  return text.length;
}

type Open = 'think' | 'answer' | 'search' | null;

function scanTurn(text: string, from: number, end: number, tags: TagSettings, runs: Runs, next: Next, nextTag: NextTag): void {
  let open: Open = null;
  const fill = (to: number): void => {
    if (open === 'search') runs.add('tool', 'tool', to);
    else runs.add('reasoning', open ?? 'other', to);
  };
  let at = from;
  while (at < end) {
    const match = nextTag(at);
    if (match === null || match.index >= end) break;
    const { index: start, tag } = match;
    const after = Math.min(end, start + tag.length);
    at = after;
    if (tag.startsWith(NOTICE_HEAD) || tag.startsWith(`\n${NOTICE_HEAD}`)) {
      fill(start);
      open = null;
      runs.add('observation', 'observation', after);
    } else if (tag === tags.information.open) {
      fill(newlinesBefore(text, Math.max(from, start)));
      open = null;
      at = newlinesAfter(text, informationEnd(text, after, end, tags, next), end);
      runs.add('observation', 'observation', at);
    } else if (open === 'search') {
      if (tag === tags.search.close) {
        fill(after);
        open = null;
      }
    } else if (tag === tags.search.open) {
      fill(start);
      runs.add('reasoning', 'other', after);
      open = 'search';
    } else if (tag === tags.think.open || tag === tags.answer.open) {
      fill(start);
      open = tag === tags.think.open ? 'think' : 'answer';
    } else if ((open === 'think' && tag === tags.think.close) || (open === 'answer' && tag === tags.answer.close)) {
      fill(after);
      open = null;
    }
  }
  fill(end);
}

const NOTICE_HEAD = 'My previous action is invalid.';
/** Search-R1's notice after a turn without a valid action; it names the tags, so it must be matched before them. */
const NOTICE = `\\n?My previous action is invalid\\.[^]{0,600}?Let me try again\\.\\n?`;

/** First tag or notice at or after an index; like `Next`, it remembers its last answer. */
type NextTag = (from: number) => { readonly index: number; readonly tag: string } | null;

function tagFinder(text: string, tags: TagSettings): NextTag {
  const names = [tags.think, tags.search, tags.information, tags.answer].flatMap(({ open, close }) => [open, close]).filter((tag) => tag !== '');
  const scanner = new RegExp(`${NOTICE}|${names.map(escapeRegExp).join('|')}`, 'g');
  let last: { from: number; found: { index: number; tag: string } | null } | null = null;
  return (from) => {
    if (last !== null && last.from <= from && (last.found === null || last.found.index >= from)) return last.found;
    scanner.lastIndex = from;
    const match = scanner.exec(text);
    const found = match === null ? null : { index: match.index, tag: match[0] };
    last = { from, found };
    return found;
  };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Nested tags of one block that are looked at; a hostile file must not make the work quadratic. */
const MAX_NESTED = 64;

/** End (after `</information>`) of the block whose opening tag ends at `from`. */
function informationEnd(text: string, from: number, end: number, tags: TagSettings, next: Next): number {
  const { open, close } = tags.information;
  // A later block of the environment's own bounds this one.
  let limit = end;
  let opening = next(open, from);
  for (let seen = 0; opening >= 0 && opening < end && seen < MAX_NESTED; seen++, opening = text.indexOf(open, opening + open.length)) {
    if (followsSearch(text, opening, tags)) {
      limit = opening;
      break;
    }
  }
  const first = next(close, from);
  if (first >= 0 && first < limit) return balancedEnd(text, from, limit, tags) ?? first + close.length;
  const resumed = [tags.think.open, tags.search.open, tags.answer.open].map((tag) => next(tag, from)).filter((index) => index >= 0);
  return Math.min(limit, ...resumed);
}

/** End of the close that balances the nested opens, or null where they do not balance before `limit`. */
function balancedEnd(text: string, from: number, limit: number, tags: TagSettings): number | null {
  const { open, close } = tags.information;
  let depth = 1;
  let at = from;
  for (let seen = 0; seen < MAX_NESTED; seen++) {
    const closing = text.indexOf(close, at);
    if (closing < 0 || closing >= limit) return null;
    // Only up to the close: a search through the rest of the text for every block would be quadratic.
    const opening = text.slice(at, closing).indexOf(open);
    if (opening >= 0) {
      depth++;
      at += opening + open.length;
    } else {
      depth--;
      at = closing + close.length;
      if (depth === 0) return at;
    }
  }
  return null;
}

/** Whether only white space stands between a `</search>` and `at`. */
function followsSearch(text: string, at: number, tags: TagSettings): boolean {
  let index = at;
  while (index > 0 && (text[index - 1] === '\n' || text[index - 1] === '\r' || text[index - 1] === ' ')) index--;
  return text.endsWith(tags.search.close, index);
}

/** Index of the first of at most two newlines that end directly before `at`. */
function newlinesBefore(text: string, at: number): number {
  let index = at;
  for (let count = 0; count < 2 && text[index - 1] === '\n'; count++) index -= text[index - 2] === '\r' ? 2 : 1;
  return index;
}

/** Index after at most two newlines that begin at `at`. */
function newlinesAfter(text: string, at: number, end: number): number {
  let index = at;
  for (let count = 0; count < 2; count++) {
    if (text[index] === '\n') index += 1;
    else if (text.startsWith('\r\n', index)) index += 2;
    else break;
  }
  return Math.min(index, end);
}
