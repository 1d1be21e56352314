import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import { turnReader } from './dialects.ts';
import type { TurnReader } from './dialects.ts';
import { neutraliser } from './neutralise.ts';
import { documentsText, encodeFramed, frameOf } from './observation.ts';
import type { Frame } from './observation.ts';
import { assistantStart, promptText } from './prompts.ts';
import type { Dialect, EnvironmentSettings, Passage } from './types.ts';

/** The bundled backbone's own world; the numbers are those of public/datasets/world/environment.json. */
export const WORLD: EnvironmentSettings = {
  dialect: 'world',
  tags: SEARCH_R1_TAGS,
  maxSearches: 3,
  maxTurnTokens: 60,
  maxTokens: 448,
  // Nothing is cut: what does not fit ends the rollout.
  maxObservationTokens: 448,
  topK: 2,
};

/** Search-R1 as its training scripts set it. */
export const SEARCH_R1: EnvironmentSettings = {
  dialect: 'search-r1',
  tags: SEARCH_R1_TAGS,
  maxSearches: 4,
  maxTurnTokens: 500,
  maxTokens: 4096,
  maxObservationTokens: 500,
  topK: 3,
};

/** Qwen's own function calling with Search-R1's limits. */
export const QWEN: EnvironmentSettings = { ...SEARCH_R1, dialect: 'qwen', tags: QWEN_TAGS };

export const ENVIRONMENTS: Readonly<Record<Dialect, EnvironmentSettings>> = { world: WORLD, 'search-r1': SEARCH_R1, qwen: QWEN };

/** Tokens that end a turn or a text in the tokenizers of the supported backbones. */
const END_TOKENS = ['<|im_end|>', '<|endoftext|>'];

/**
 * Text beyond this many characters for each token of an observation is not tokenised: it would be cut anyway (tokens of
 * text have about four), and tokenising can take quadratic time on a hostile document.
 */
const CHARACTERS_A_TOKEN = 16;

/** Everything that the agent's surroundings write, as token ids. */
export interface Environment {
  readonly settings: EnvironmentSettings;
  /** Tokens with which the model ends its turn. */
  readonly endTokens: ReadonlySet<number>;
  /** @throws BackboneError for a chat template that cannot be rendered */
  prompt(question: string): readonly number[];
  /** What the model is shown of these passages, at most `maxObservationTokens`. */
  observation(passages: readonly Passage[]): readonly number[];
  /** A text of the environment's own, as an observation or as it is. */
  say(text: string, framed: boolean): readonly number[];
  /** A reader for one rollout. */
  reader(): TurnReader;
}

/** @throws RangeError for limits that are no whole numbers of at least 1 (searches: 0) */
export function createEnvironment(settings: EnvironmentSettings, tokenizer: TextTokenizer): Environment {
  const { maxSearches, maxTurnTokens, maxTokens, maxObservationTokens, topK } = settings;
  for (const [name, value, least] of [['searches', maxSearches, 0], ['tokens of a turn', maxTurnTokens, 1], ['tokens', maxTokens, 1], ['tokens of an observation', maxObservationTokens, 1], ['passages', topK, 1]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`The limit of ${name} must be a whole number of at least ${least}, not ${value}.`);
  }
  const neutralise = neutraliser(settings.tags, tokenizer);
  let frame: Frame | null = null;
  // Made when first used: a chat template that cannot be rendered is told with the question it fails on.
  const framed = (text: string): number[] => encodeFramed((frame ??= frameOf(settings, assistantStart(settings, tokenizer))), text, tokenizer, maxObservationTokens);
  return {
    settings,
    endTokens: new Set(END_TOKENS.map((text) => tokenizer.addedToken(text)).filter((id) => id !== undefined)),
    // Questions come from files too: one that held a turn marker would end its own turn.
    prompt: (question) => tokenizer.encode(promptText(settings, neutralise(question), tokenizer)),
    observation: (passages) => framed(documentsText(settings.dialect, passages.map((passage) => shortened(passage, maxObservationTokens * CHARACTERS_A_TOKEN)), neutralise)),
    say: (text, inFrame) => (inFrame ? framed(text) : tokenizer.encode(text)),
    reader: () => turnReader(settings),
  };
}

function shortened(passage: Passage, characters: number): Passage {
  const cut = (text: string): string => (text.length <= characters ? text : text.slice(0, characters).replace(/[\uD800-\uDBFF]$/, ''));
  return { id: passage.id, title: cut(passage.title), text: cut(passage.text) };
}
