import type { KeptModels } from '../backbone/hub/kept-models.ts';
import { readTagTokensName } from '../backbone/tag-tokens.ts';
import { BUNDLED_BACKBONE, useSources } from './sources-store.ts';

/** "org/name@commit file", as a model from the hub is called (`keptName`). */
const HUB_NAME = /^([\w.-]+\/[\w.-]+)@([0-9a-f]{7,40}) (\S+)/;
/** "host/folder file", as one from an address is called. */
const ADDRESS_NAME = /^([\w.-]+\.[\w-]+(?::\d+)?\/\S*|localhost(?::\d+)?\/\S*) (\S+)/;

/** One sentence for a backbone that a link names and this browser does not have, and the way to it. */
export function missingBackbone(name: string): string {
  const until = `Until then ${useSources.getState().backbone.name} is used.`;
  const tagged = readTagTokensName(name);
  if (tagged) return `The link was made with ${tagged.base} and its tags as single tokens (${tagged.how}), which a link cannot hold: choose both under Backbone, the tags in its dialog under “Tags as single tokens”. ${until}`;
  const hub = HUB_NAME.exec(name);
  if (hub) return `The link was made with ${hub[1]} from the hub (commit ${hub[2].slice(0, 7)}, ${hub[3]}), which this browser does not keep: download it there under Backbone, “From the hub or an address”, or open its folder. ${until}`;
  const address = ADDRESS_NAME.exec(name);
  if (address) return `The link was made with the model at ${address[1]} (${address[2]}), which this browser does not keep: download it under Backbone, “From the hub or an address”, or open its folder. ${until}`;
  return `The link was made with the backbone “${name}” from a folder, which a link cannot hold: open the folder under Backbone, “Open a folder”. ${until}`;
}

/**
 * Takes the backbone that a link names, where this browser keeps it from an earlier download. False where it does not,
 * or where another one was chosen meanwhile. Never throws: storage that is refused keeps nothing.
 * @param open the models that this browser keeps
 */
export async function takeKeptBackbone(name: string, open: () => Promise<Pick<KeptModels, 'list'>> = keptModels): Promise<boolean> {
  const before = useSources.getState().backbone;
  if (name === BUNDLED_BACKBONE.name) return false;
  try {
    const models = await (await open()).list();
    const kept = models.find((model) => model.complete && model.name === name);
    if (!kept || useSources.getState().backbone !== before) return false;
    useSources.setState({ backbone: { kind: 'kept', key: kept.key, name } });
    return true;
  } catch {
    return false;
  }
}

/** Only links that name a backbone of one's own need the storage. */
async function keptModels(): Promise<KeptModels> {
  return (await import('../worker/kept-models-here.ts')).keptModelsHere();
}
