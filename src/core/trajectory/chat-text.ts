import { chatTurns, findQuestion } from './chatml.ts';
import type { TurnRange } from './chatml.ts';
import type { ParsedLine } from './json-line.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS } from './tags.ts';
import type { LineProblem } from './types.ts';

/**
 * Trajectories of plain text with `<|im_start|>` turns. Where the file has system turns, each begins a trajectory.
 * Otherwise a user turn after an assistant turn begins one unless it brings search results: the assistant ended on a
 * search, or the turn holds an observation tag; a turn that neither asks a question nor follows an answer continues too.
 */
export function parseChatText(text: string): { readonly lines: readonly { readonly line: ParsedLine; readonly at: number }[]; readonly problems: readonly LineProblem[] } {
  const turns = chatTurns(text);
  const systems = turns.some(({ role }) => role === 'system');
  const groups: TurnRange[][] = [];
  turns.forEach((turn, index) => {
    const begins = index === 0 || (systems ? turn.role === 'system' : restarts(text, turns[index - 1], turn));
    if (begins) groups.push([turn]);
    else groups[groups.length - 1].push(turn);
  });
  const lines: { line: ParsedLine; at: number }[] = [];
  const problems: LineProblem[] = [];
  const lineOf = lineCounter(text);
  groups.forEach((group, index) => {
    const start = group[0].start;
    const limit = index + 1 < groups.length ? groups[index + 1][0].start : text.length;
    const at = lineOf(start);
    const whole = text.slice(start, limit).trimEnd();
    const assistant = group.find(({ role }) => role === 'assistant');
    if (assistant === undefined) problems.push({ line: at, reason: 'no assistant turn' });
    else if (assistant.contentStart - start >= whole.length) problems.push({ line: at, reason: 'the response is empty' });
    else {
      const responseStart = assistant.contentStart - start;
      const question = findQuestion(whole.slice(0, responseStart));
      lines.push({ at, line: { id: null, question, goldenAnswers: [], text: whole, responseStart, tokens: null, promptTokens: null, roles: null, reward: null, group: null } });
    }
  });
  return { lines, problems };
}

function restarts(text: string, before: TurnRange, turn: TurnRange): boolean {
  if (turn.role !== 'user' || before.role !== 'assistant') return false;
  const written = text.slice(before.contentStart, before.contentEnd).trimEnd();
  const content = text.slice(turn.contentStart, turn.contentEnd);
  for (const tags of [SEARCH_R1_TAGS, QWEN_TAGS]) {
    if (written.endsWith(tags.search.close) || content.includes(tags.information.open)) return false;
  }
  return content.includes('Question:') || written.includes(SEARCH_R1_TAGS.answer.close);
}

/** Line numbers of ascending indices, in one pass over the text. */
function lineCounter(text: string): (index: number) => number {
  let line = 1;
  let at = text.indexOf('\n');
  return (index) => {
    for (; at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line++;
    return line;
  };
}
