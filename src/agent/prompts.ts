import type { ToolDefinition } from '../backbone/chat-template.ts';
import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { ASSISTANT_START, renderChatMl } from '../core/trajectory/chatml.ts';
import type { ChatTurn } from '../core/trajectory/chatml.ts';
import { spacedJson } from '../core/trajectory/spaced-json.ts';
import type { TagSettings } from '../core/trajectory/types.ts';
import type { EnvironmentSettings } from './types.ts';

/**
 * The whole prompt of a question, through the tokenizer's chat template where it has one. Without one Search-R1's goes
 * in as it is (as its own code does with base models) and the others as ChatML. Qwen's function calling lists the tool
 * as the template does; where a template knows of no tools, Qwen2.5's own system turn stands in.
 * @param question already made harmless
 * @throws BackboneError for a chat template that cannot be rendered
 */
export function promptText({ dialect, tags, thinking }: EnvironmentSettings, question: string, tokenizer: TextTokenizer): string {
  const turns: ChatTurn[] = [{ role: 'user', content: request(dialect, tags, question.trim()) }];
  const template = tokenizer.chatTemplate;
  if (dialect === 'qwen') {
    const own = template?.render(turns, true, { tools: [SEARCH_TOOL], thinking });
    if (own?.includes(SEARCH_TOOL.function.description) === true) return own;
    turns.unshift({ role: 'system', content: qwenSystem(tags) });
  }
  if (template !== null) return template.render(turns, true, { thinking });
  if (dialect === 'search-r1') return turns[0].content;
  return renderChatMl(turns) + ASSISTANT_START;
}

/**
 * What opens each turn of the assistant: the marker, and what else the template puts before the model's own writing
 * (Qwen3's: an empty think where thinking is switched off; those of models that always think open one).
 * @throws BackboneError for a chat template that cannot be rendered
 */
export function assistantStart({ thinking }: EnvironmentSettings, tokenizer: TextTokenizer): string {
  const template = tokenizer.chatTemplate;
  if (template === null) return ASSISTANT_START;
  const asked = [{ role: 'user', content: 'x' }];
  const [before, whole] = [template.render(asked, false, { thinking }), template.render(asked, true, { thinking })];
  const start = whole.startsWith(before) ? whole.slice(before.length) : '';
  return start.startsWith(ASSISTANT_START) ? start : ASSISTANT_START;
}

function request(dialect: EnvironmentSettings['dialect'], tags: TagSettings, question: string): string {
  if (dialect === 'world') return question;
  if (dialect === 'search-r1') return searchR1Instruction(tags, question);
  return `Answer the given question. Search for what you do not know. When you know the answer, give it inside ${tags.answer.open} and ${tags.answer.close}, without detailed illustrations.\nQuestion: ${question}`;
}

/** Word for word as published ("as your want" included): models were trained on it. */
function searchR1Instruction({ think, search, information, answer }: TagSettings, question: string): string {
  return (
    `Answer the given question. You must conduct reasoning inside ${think.open} and ${think.close} first every time you get new information. ` +
    `After reasoning, if you find you lack some knowledge, you can call a search engine by ${search.open} query ${search.close} and it will return the top searched results between ${information.open} and ${information.close}. ` +
    `You can search as many times as your want. If you find no further external knowledge needed, you can directly provide the answer inside ${answer.open} and ${answer.close}, without detailed illustrations. ` +
    `For example, ${answer.open} Beijing ${answer.close}. Question: ${question}\n`
  );
}

/** What Search-R1 says to a turn that neither searched nor answered. */
export function invalidActionNotice({ search, answer }: TagSettings): string {
  return (
    `\nMy previous action is invalid. If I want to search, I should put the query between ${search.open} and ${search.close}. ` +
    `If I want to give the final answer, I should put the answer between ${answer.open} and ${answer.close}. Let me try again.\n`
  );
}

const SEARCH_TOOL: ToolDefinition = {
  type: 'function',
  function: {
    name: 'search',
    description: 'Searches an encyclopedia and returns the best passages.',
    parameters: { type: 'object', properties: { query: { type: 'string', description: 'What to search for.' } }, required: ['query'] },
  },
};

/** The system turn that Qwen2.5's template writes for a conversation with this one tool and no system turn of its own. */
function qwenSystem({ search }: TagSettings): string {
  return (
    'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' +
    `You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n${spacedJson(SEARCH_TOOL)}\n</tools>\n\n` +
    `For each function call, return a json object with function name and arguments within ${search.open}${search.close} XML tags:\n` +
    `${search.open}\n{"name": <function-name>, "arguments": <args-json-object>}\n${search.close}`
  );
}
