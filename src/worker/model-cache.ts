import { loadBackbone, type Backbone } from '../backbone/load.ts';
import { readTagTokens, withTagTokensOf } from '../backbone/tag-token-file.ts';
import { withTagTokens } from '../backbone/tag-tokens.ts';
import { plainChoice, type BackboneChoice, type TagTokensChoice } from './protocol.ts';
import { backboneSource } from './resources.ts';

/** Blobs have no identity across a worker's boundary, so files are told apart by what is known without reading them. */
export function choiceKey({ tagTokens, ...choice }: BackboneChoice): string {
  return tagTokens ? `${fileKey(plainChoice({ ...choice, tagTokens }))}\n${tagKey(tagTokens)}` : fileKey(choice);
}

function fileKey(choice: BackboneChoice): string {
  if (choice.kind === 'bundled') return `bundled ${choice.name}`;
  if (choice.kind === 'kept') return `kept ${choice.key} ${choice.name}`;
  const files = choice.files.map(({ path, blob }) => `${path} ${blob.size} ${blob instanceof File ? blob.lastModified : ''}`).sort();
  return `files ${choice.name}\n${files.join('\n')}`;
}

function tagKey({ tags, rows }: TagTokensChoice): string {
  return `tags ${tags.join(' ')} ${rows === 'mean' ? rows : rows.sha256}`;
}

async function withChosenTags(backbone: Backbone, { tags, rows }: TagTokensChoice): Promise<Backbone> {
  return rows === 'mean' ? withTagTokens(backbone, tags) : withTagTokensOf(backbone, await readTagTokens(rows.blob));
}

/** The value that was made last, so that asking for it again starts at once; one that failed is made anew. */
class Last<Value> {
  #key: string | null = null;
  #made: Promise<Value> | null = null;

  get(key: string, make: () => Promise<Value>): Promise<Value> {
    if (this.#made && this.#key === key) return this.#made;
    const made = make();
    this.#key = key;
    this.#made = made;
    made.catch(() => {
      if (this.#made === made) this.#made = null;
    });
    return made;
  }
}

/** The backbone that was loaded last. One with tags as tokens is made of the plain one, which stays: hashing takes seconds. */
export class BackboneCache {
  readonly #plain = new Last<Backbone>();
  readonly #tagged = new Last<Backbone>();

  /** @param base the page's address */
  load(choice: BackboneChoice, base: string, progress: (step: string) => void): Promise<Backbone> {
    const { tagTokens } = choice;
    const plain = plainChoice(choice);
    const loading = (): Promise<Backbone> => this.#plain.get(choiceKey(plain), () => loadBackbone(backboneSource(plain, base), progress));
    if (!tagTokens) return loading();
    return this.#tagged.get(choiceKey(choice), async () => withChosenTags(await loading(), tagTokens));
  }
}
