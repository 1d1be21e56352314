import { initialAdapters, stackAdapters } from '../backbone/adapters.ts';
import { readAdapter } from '../backbone/peft.ts';
import { sha256, sha256Text } from '../backbone/sha256.ts';
import { filesSource } from '../backbone/sources.ts';
import { BackboneError, type BackboneSource, type DecoderConfig } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import type { AdapterChoice } from './rollout-events.ts';
import type { StackedAdapters } from './run-adapters.ts';

/** The adapters of a writer, stacked; writers with the same `key` have the very same weights. */
export interface WriterAdapters {
  /** Null for none. */
  readonly stacked: StackedAdapters | null;
  /** What they are, in words. */
  readonly note: string;
  readonly key: string;
}

const OWN = ['adapters/reasoning', 'adapters/tool'];
/** α over rank of untrained adapters, as published for this method. */
const UNTRAINED_SCALE = 2;
/** These come first among sub-folders, whatever else is there. */
const FIRST = ['reasoning', 'tool'];

/** Adapters that are not there, or belong to another backbone: another writer is chosen, not another backbone. */
class AdaptersError extends BackboneError {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/**
 * @param source the backbone's own files, which `own` reads
 * @throws BackboneError with a sentence when there are none or they do not fit the model
 */
export async function writerAdapters(choice: AdapterChoice, source: BackboneSource, config: DecoderConfig, seed: number): Promise<WriterAdapters> {
  switch (choice.kind) {
    case 'none':
      return { stacked: null, note: 'none', key: 'none' };
    case 'own': {
      const paths = await source.list();
      const missing = OWN.find((folder) => !paths.includes(`${folder}/adapter_config.json`));
      if (missing !== undefined) throw new AdaptersError(`The backbone "${source.name}" has no ${missing} among its files.`, 'Write with none or untrained adapters, or open a PEFT folder, in the settings.');
      return keyed(await stackFolders(source, OWN, config), 'the backbone’s own: reasoning, tool');
    }
    case 'untrained': {
      const { count, rank } = choice;
      const random = new Random(seed).stream('adapters');
      const stacked = initialAdapters(config, { count, rank, alpha: UNTRAINED_SCALE * rank }, (adapter) => {
        const stream = random.stream(adapter);
        return () => stream.normal();
      });
      return keyed(stacked, `${count} untrained of rank ${rank} (B = 0: they change nothing)`);
    }
    case 'files': {
      // The files are one PEFT folder, or several in sub-folders; what lies above them does not matter.
      const given = filesSource(choice.name, choice.files);
      const folders = adapterFolders(await given.list());
      if (folders.length === 0) throw new BackboneError(`"${choice.name}" has no adapter_config.json; open a PEFT folder (adapter_config.json, adapter_model.safetensors), or one with several in sub-folders.`);
      const names = folders.map((folder) => folder.slice(folder.lastIndexOf('/') + 1)).filter((name) => name !== '');
      const stacked = await stackFolders(given, folders, config).catch((error: unknown) => {
        if (!(error instanceof BackboneError)) throw error;
        throw new AdaptersError(`The adapters “${choice.name}” cannot be used with the backbone “${source.name}”: ${error.message}`, 'Choose the backbone that they were trained on at the top of the page, or other adapters in the settings.');
      });
      return keyed(stacked, folders.length === 1 ? choice.name : `${choice.name}: ${names.join(', ')}`);
    }
  }
}

/** Folders with an adapter_config.json: `reasoning`, `tool`, then the others by name. */
export function adapterFolders(paths: readonly string[]): string[] {
  const place = (folder: string): number => {
    const at = FIRST.indexOf(folder.slice(folder.lastIndexOf('/') + 1));
    return at < 0 ? FIRST.length : at;
  };
  return paths
    .filter((path) => path === 'adapter_config.json' || path.endsWith('/adapter_config.json'))
    .map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))))
    .sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

async function stackFolders(source: BackboneSource, folders: readonly string[], config: DecoderConfig): Promise<StackedAdapters> {
  return stackAdapters(config, await Promise.all(folders.map((folder) => readAdapter(source, folder, config))));
}

async function keyed(stacked: StackedAdapters, note: string): Promise<WriterAdapters> {
  const { spec } = stacked.layout;
  const weights = await sha256(new Uint8Array(stacked.values.buffer, stacked.values.byteOffset, stacked.values.byteLength));
  return { stacked, note, key: await sha256Text(`${spec.count} ${spec.rank} ${spec.alpha} ${weights}`) };
}
