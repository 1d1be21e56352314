import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { ASSISTANT_START, renderChatMl } from '../core/trajectory/chatml.ts';
import type { ChatTurn } from '../core/trajectory/chatml.ts';
import type { TagSettings } from '../core/trajectory/types.ts';
import type { EnvironmentSettings } from './types.ts';

/**
 * The whole prompt of a question, through the tokenizer's chat template where it has one. Without one Search-R1's goes
 * in as it is (as its own code does with base models) and the others as ChatML.
 * @param question already made harmless
 * @throws BackboneError for a chat template that cannot be rendered
 */
export function promptText({ dialect, tags }: EnvironmentSettings, question: string, tokenizer: TextTokenizer): string {
  const turns = conversation(dialect, tags, question);
  if (tokenizer.chatTemplate !== null) return tokenizer.chatTemplate.render(turns, true);
  if (dialect === 'search-r1') return turns[0].content;
  return renderChatMl(turns) + ASSISTANT_START;
}

function conversation(dialect: EnvironmentSettings['dialect'], tags: TagSettings, question: string): ChatTurn[] {
  if (dialect === 'world') return [{ role: 'user', content: question.trim() }];
  if (dialect === 'search-r1') return [{ role: 'user', content: searchR1Instruction(tags, question.trim()) }];
  return [
    { role: 'system', content: qwenSystem(tags) },
    { role: 'user', content: `Answer the given question. Search for what you do not know. When you know the answer, give it inside ${tags.answer.open} and ${tags.answer.close}, without detailed illustrations.\nQuestion: ${question.trim()}` },
  ];
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

const SEARCH_TOOL =
  '{"type": "function", "function": {"name": "search", "description": "Searches an encyclopedia and returns the best passages.", ' +
  '"parameters": {"type": "object", "properties": {"query": {"type": "string", "description": "What to search for."}}, "required": ["query"]}}}';

/** The system turn that Qwen2.5's template writes for a conversation with this one tool and no system turn of its own. */
function qwenSystem({ search }: TagSettings): string {
  return (
    'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' +
    `You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n${SEARCH_TOOL}\n</tools>\n\n` +
    `For each function call, return a json object with function name and arguments within ${search.open}${search.close} XML tags:\n` +
    `${search.open}\n{"name": <function-name>, "arguments": <args-json-object>}\n${search.close}`
  );
}
