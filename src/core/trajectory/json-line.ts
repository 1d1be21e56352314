import * as z from 'zod';
import { ASSISTANT_START, findQuestion, findResponseStart, renderChatMl } from './chatml.ts';
import type { ChatTurn } from './chatml.ts';
import { spacedJson } from './spaced-json.ts';
import { QWEN_TAGS } from './tags.ts';
import { ROLES, ROLE_CODE } from './types.ts';

/** One trajectory as a JSON object of SPEC section 8; keys that are not listed are ignored. */

/** Absent and null mean the same in these files. */
function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? null);
}

const content = z.union([z.string(), z.null(), z.array(z.looseObject({ type: z.string().optional(), text: z.string().optional() }))]);

const message = z.looseObject({
  role: z.string().min(1),
  content: content.optional(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.unknown() }) })).nullish(),
});

const tokens = z.array(z.int().min(0).max(4_294_967_295));
/** ROLE_CODE of each token. */
const roles = z.array(z.int().min(0).max(ROLES.length - 1));

const line = z.looseObject({
  id: optional(z.union([z.string(), z.number()])),
  question: optional(z.string()),
  golden_answers: optional(z.union([z.string(), z.array(z.union([z.string(), z.number()]))])),
  text: optional(z.string()),
  prompt: optional(z.union([z.string(), z.array(message)])),
  response: optional(z.string()),
  messages: optional(z.array(message)),
  tokens: optional(tokens),
  prompt_tokens: optional(z.int().min(0)),
  roles: optional(roles),
  reward: optional(z.union([z.number(), z.boolean()])),
  group: optional(z.union([z.string(), z.number()])),
});

/** What a line says, before ids are made unique and rewards scored. */
export interface ParsedLine {
  readonly id: string | null;
  readonly question: string;
  readonly goldenAnswers: readonly string[];
  readonly text: string;
  readonly responseStart: number;
  readonly tokens: readonly number[] | null;
  readonly promptTokens: number | null;
  readonly roles: readonly number[] | null;
  readonly reward: number | null;
  readonly group: string | null;
}

/** Either the line's content or the reason why it has none. */
export type LineResult = { readonly line: ParsedLine; readonly reason?: undefined } | { readonly line?: undefined; readonly reason: string };

/** Reads one JSON text. */
export function parseJsonLine(text: string): LineResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { reason: `not JSON (${error instanceof Error ? error.message : 'unreadable'})` };
  }
  return parseLineValue(value);
}

/** Reads one JSON value. */
export function parseLineValue(value: unknown): LineResult {
  const parsed = line.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue.path.join('.');
    return { reason: path === '' ? 'not a JSON object' : `${path}: ${issue.message}` };
  }
  const data = parsed.data;
  const whole = wholeText(data);
  if ('reason' in whole) return { reason: whole.reason };
  if (whole.responseStart >= whole.text.length) return { reason: 'the response is empty' };
  const promptTokens = data.prompt_tokens;
  if (promptTokens !== null && data.tokens !== null && promptTokens > data.tokens.length) {
    return { reason: `prompt_tokens is ${promptTokens} but there are ${data.tokens.length} tokens` };
  }
  const misplaced = data.roles === null ? null : rolesProblem(data.roles, data.tokens, promptTokens);
  if (misplaced !== null) return { reason: misplaced };
  const answers = data.golden_answers ?? [];
  const question = data.question?.trim() ?? '';
  return {
    line: {
      id: data.id === null ? null : String(data.id),
      question: question === '' ? findQuestion(whole.text.slice(0, whole.responseStart)) : question,
      goldenAnswers: (typeof answers === 'string' ? [answers] : answers).map(String),
      text: whole.text,
      responseStart: whole.responseStart,
      tokens: data.tokens,
      promptTokens: promptTokens ?? (data.roles === null ? null : promptLength(data.roles)),
      roles: data.roles,
      reward: data.reward === null ? null : Number(data.reward),
      group: data.group === null ? null : String(data.group),
    },
  };
}

/** Why these roles cannot be those of the line's tokens, or null. */
function rolesProblem(given: readonly number[], ids: readonly number[] | null, promptTokens: number | null): string | null {
  if (ids === null) return 'roles without tokens';
  if (given.length !== ids.length) return `there are ${given.length} roles for ${ids.length} tokens`;
  const prompt = promptLength(given);
  if (promptTokens !== null && prompt !== promptTokens) return `prompt_tokens is ${promptTokens} but the first ${prompt} roles are prompt`;
  return given.indexOf(ROLE_CODE.prompt, prompt) < 0 ? null : 'a prompt role stands inside the response';
}

function promptLength(given: readonly number[]): number {
  const written = given.findIndex((role) => role !== ROLE_CODE.prompt);
  return written < 0 ? given.length : written;
}

type Line = z.infer<typeof line>;
type Message = z.infer<typeof message>;

function wholeText(data: Line): { text: string; responseStart: number } | { reason: string } {
  if (data.text !== null) {
    // With the prompt beside the whole, the boundary is known exactly.
    if (typeof data.prompt === 'string' && data.prompt !== '' && data.text.startsWith(data.prompt)) return { text: data.text, responseStart: data.prompt.length };
    const responseStart = findResponseStart(data.text);
    if (responseStart === null) return { reason: 'text has no assistant turn and no "Question:" line, so the response cannot be told from the prompt; give prompt and response apart' };
    return { text: data.text, responseStart };
  }
  if (data.prompt !== null) {
    if (data.response === null) return { reason: 'prompt without response' };
    const prompt = typeof data.prompt === 'string' ? data.prompt : renderMessages(data.prompt) + ASSISTANT_START;
    return { text: prompt + data.response, responseStart: prompt.length };
  }
  if (data.messages !== null) {
    const first = data.messages.findIndex(({ role }) => role === 'assistant');
    if (first < 0) return { reason: 'messages without an assistant turn' };
    const prompt = renderMessages(data.messages.slice(0, first)) + ASSISTANT_START;
    return { text: renderMessages(data.messages), responseStart: prompt.length };
  }
  if (data.response !== null) return { reason: 'response without prompt' };
  return { reason: 'neither text, nor prompt and response, nor messages' };
}

/**
 * Messages as Qwen's own templates write them: results in a row share one user turn, calls and thoughts that stand apart
 * from the content come into it.
 */
function renderMessages(messages: readonly Message[]): string {
  const turns: ChatTurn[] = [];
  messages.forEach((turn, index) => {
    if (turn.role !== 'tool') {
      turns.push({ role: turn.role, content: contentOf(turn) });
      return;
    }
    const { open, close } = QWEN_TAGS.information;
    const result = `${open}\n${contentOf(turn)}\n${close}`;
    const before = index > 0 && messages[index - 1].role === 'tool' ? turns.pop() : undefined;
    turns.push({ role: 'user', content: before === undefined ? result : `${before.content}\n${result}` });
  });
  return renderChatMl(turns);
}

function contentOf(turn: Message): string {
  const own = turn.content ?? '';
  const text = typeof own === 'string' ? own : own.map((part) => part.text ?? '').join('');
  const calls = (turn.tool_calls ?? []).map((call) => {
    const { name, arguments: given } = call.function;
    let values: unknown = given;
    if (typeof given === 'string') {
      try {
        values = JSON.parse(given);
      } catch {
        values = given;
      }
    }
    return `${QWEN_TAGS.search.open}\n${spacedJson({ name, arguments: values })}\n${QWEN_TAGS.search.close}`;
  });
  const thought = withoutNewlines(turn.reasoning_content ?? '', true);
  if (thought === '') return [text, ...calls].filter((part) => part !== '').join('\n');
  const { open, close } = QWEN_TAGS.think;
  return `${open}\n${thought}\n${close}\n\n${[withoutNewlines(text, false), ...calls].filter((part) => part !== '').join('\n')}`;
}

/** Without newlines at its begin, and at its end where asked. */
function withoutNewlines(text: string, both: boolean): string {
  let [start, end] = [0, text.length];
  while (start < end && text[start] === '\n') start++;
  while (both && end > start && text[end - 1] === '\n') end--;
  return text.slice(start, end);
}
