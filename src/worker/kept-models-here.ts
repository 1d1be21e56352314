import { browserStorage } from '../agent/retriever/storage-folder.ts';
import { KeptModels } from '../backbone/hub/kept-models.ts';
import { SourceError } from '../backbone/hub/source-error.ts';

let opened: Promise<KeptModels> | null = null;

/** The models that this browser keeps for the page. @throws SourceError where it keeps no files */
export function keptModelsHere(): Promise<KeptModels> {
  opened ??= browserStorage('backbones').then(
    (folder) => new KeptModels(folder),
    (error: unknown) => {
      opened = null;
      throw new SourceError('storage', error instanceof Error ? error.message : String(error), 'Open the model’s folder from the disk instead, or use the page over https or localhost and outside a private window.');
    },
  );
  return opened;
}
