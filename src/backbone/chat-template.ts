import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { BackboneError } from './types.ts';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatTemplate {
  /** The prompt of a conversation. `generation` opens the assistant's turn behind it. @throws BackboneError */
  render(messages: readonly ChatMessage[], generation: boolean): string;
}

const named = z.array(z.object({ name: z.string(), template: z.string() }));

/** A `chat_template` value: a string, or a list of named ones of which `default` is taken. Null where there is none. */
export function parseChatTemplate(value: unknown): ChatTemplate | null {
  const list = named.safeParse(value);
  const source = typeof value === 'string' ? value : list.success ? list.data.find(({ name }) => name === 'default')?.template : undefined;
  if (source === undefined) return null;
  let template: Template | null = null;
  return {
    render(messages, generation) {
      try {
        // Parsed when first used: a template that jinja cannot read must not keep the model from loading.
        template ??= new Template(source);
        return template.render({ messages, add_generation_prompt: generation, tools: null });
      } catch (error) {
        throw new BackboneError(`The chat template cannot be rendered (${error instanceof Error ? error.message : String(error)}).`);
      }
    },
  };
}
