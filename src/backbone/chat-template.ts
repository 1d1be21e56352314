import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { BackboneError } from './types.ts';

/** A function's signature as `tools` of a template lists it. */
export interface ToolDefinition {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly description: string; readonly parameters: Readonly<Record<string, unknown>> };
}

export interface ToolCall {
  readonly function: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
}

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly tool_calls?: readonly ToolCall[];
}

export interface RenderOptions {
  readonly tools?: readonly ToolDefinition[];
  /** `enable_thinking` of Qwen3's template. Absent: as the template does by itself, which is to think. */
  readonly thinking?: boolean | undefined;
}

export interface ChatTemplate {
  /** The prompt of a conversation. `generation` opens the assistant's turn behind it. @throws BackboneError */
  render(messages: readonly ChatMessage[], generation: boolean, options?: RenderOptions): string;
}

const named = z.array(z.object({ name: z.string(), template: z.string() }));

/**
 * A `chat_template` value: a string, or a list of named ones of which `default` is taken, and `tool_use` where there are
 * tools. Null where there is none.
 */
export function parseChatTemplate(value: unknown): ChatTemplate | null {
  const list = named.safeParse(value);
  const sourceOf = (name: string): string | undefined => (list.success ? list.data.find((own) => own.name === name)?.template : undefined);
  const source = typeof value === 'string' ? value : sourceOf('default');
  if (source === undefined) return null;
  const forTools = sourceOf('tool_use') ?? source;
  const parsed = new Map<string, Template>();
  return {
    render(messages, generation, { tools, thinking } = {}) {
      const wanted = tools === undefined ? source : forTools;
      try {
        // Parsed when first used: a template that jinja cannot read must not keep the model from loading.
        const template = parsed.get(wanted) ?? new Template(wanted);
        parsed.set(wanted, template);
        return template.render({ messages, add_generation_prompt: generation, tools: tools ?? null, ...(thinking === undefined ? {} : { enable_thinking: thinking }) });
      } catch (error) {
        throw new BackboneError(`The chat template cannot be rendered (${error instanceof Error ? error.message : String(error)}).`);
      }
    },
  };
}
