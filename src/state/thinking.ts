import type { BackboneSource } from '../backbone/types.ts';
import type { BackboneChoice } from '../worker/protocol.ts';

/** The variable that Qwen3's chat template asks. */
const SWITCH = 'enable_thinking';
/** Where a chat template stands; the first file that is there counts. */
const TEMPLATE_FILES = ['chat_template.jinja', 'tokenizer_config.json'];

/** Whether a backbone's chat template has a switch for thinking. @throws whatever reading its files throws */
export async function templateKnowsThinking(source: Pick<BackboneSource, 'list' | 'open'>): Promise<boolean> {
  const paths = await source.list();
  const path = TEMPLATE_FILES.find((file) => paths.includes(file));
  return path !== undefined && (await (await source.open(path)).text()).includes(SWITCH);
}

/** The same of a choice that is not loaded yet; false where its files cannot be read, which its run tells. The page's own backbones never think. */
export async function knowsThinking(choice: BackboneChoice): Promise<boolean> {
  if (choice.kind === 'bundled') return false;
  try {
    // Only a page with a backbone of one's own needs the readers.
    const { backboneSource } = await import('../worker/resources.ts');
    return await templateKnowsThinking(backboneSource(choice, document.baseURI));
  } catch {
    return false;
  }
}
