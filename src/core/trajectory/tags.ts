import type { TagSettings } from './types.ts';

/** Search-R1's tags, the default (SPEC section 1). */
export const SEARCH_R1_TAGS: TagSettings = {
  think: { open: '<think>', close: '</think>' },
  search: { open: '<search>', close: '</search>' },
  information: { open: '<information>', close: '</information>' },
  answer: { open: '<answer>', close: '</answer>' },
};

/** Qwen's own function calling: calls in assistant turns, results in user or tool turns. */
export const QWEN_TAGS: TagSettings = {
  think: { open: '<think>', close: '</think>' },
  search: { open: '<tool_call>', close: '</tool_call>' },
  information: { open: '<tool_response>', close: '</tool_response>' },
  answer: { open: '<answer>', close: '</answer>' },
};

export const TAG_PRESETS = { 'search-r1': SEARCH_R1_TAGS, qwen: QWEN_TAGS } as const;
export type TagPreset = keyof typeof TAG_PRESETS;

/** The preset whose tool calls the texts hold more of; Search-R1's when they hold none. Only responses should be given. */
export function detectTags(responses: Iterable<string>): TagPreset {
  let searches = 0;
  let calls = 0;
  for (const response of responses) {
    searches += occurrences(response, SEARCH_R1_TAGS.search.open);
    calls += occurrences(response, QWEN_TAGS.search.open);
  }
  return calls > searches ? 'qwen' : 'search-r1';
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** A failure with one clear sentence and a way out, as the page shows it. */
export class TrajectoryError extends Error {
  override readonly name = 'TrajectoryError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
