import { loadBackbone, type Backbone } from '../backbone/load.ts';
import type { BackboneChoice } from './protocol.ts';
import { backboneSource } from './resources.ts';

/** Blobs have no identity across a worker's boundary, so files are told apart by what is known without reading them. */
export function choiceKey(choice: BackboneChoice): string {
  if (choice.kind === 'bundled') return `bundled ${choice.name}`;
  if (choice.kind === 'kept') return `kept ${choice.key} ${choice.name}`;
  const files = choice.files.map(({ path, blob }) => `${path} ${blob.size} ${blob instanceof File ? blob.lastModified : ''}`).sort();
  return `files ${choice.name}\n${files.join('\n')}`;
}

/** The backbone that was loaded last, so that asking it again starts at once. */
export class BackboneCache {
  #key: string | null = null;
  #loaded: Promise<Backbone> | null = null;

  /** @param base the page's address */
  load(choice: BackboneChoice, base: string, progress: (step: string) => void): Promise<Backbone> {
    const key = choiceKey(choice);
    if (this.#loaded && this.#key === key) return this.#loaded;
    const loaded = loadBackbone(backboneSource(choice, base), progress);
    this.#key = key;
    this.#loaded = loaded;
    loaded.catch(() => {
      if (this.#loaded === loaded) this.#loaded = null;
    });
    return loaded;
  }
}
