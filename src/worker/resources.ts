import { bundledSource, filesSource } from '../backbone/sources.ts';
import { BackboneError, type BackboneSource } from '../backbone/types.ts';
import { TrajectoryError } from '../core/trajectory/tags.ts';
import { keptModelsHere } from './kept-models-here.ts';
import { plainChoice, type BackboneChoice, type GoldenFiles, type TrajectoriesChoice } from './protocol.ts';

/** What a backbone that comes with the page consists of (public/models). */
const BUNDLED_FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model_q4.onnx'];

/** The files, whatever is laid over them. @param base the page's address */
export function backboneSource(given: BackboneChoice, base: string): BackboneSource {
  const choice = plainChoice(given);
  if (choice.kind === 'files') return filesSource(choice.name, choice.files);
  if (choice.kind === 'kept') return keptSource(choice.key, choice.name);
  return bundledSource(choice.name, new URL(`models/${choice.name}/`, base).href, { paths: BUNDLED_FILES });
}

/** A model that was downloaded before; its storage is opened when it is first read. */
function keptSource(key: string, name: string): BackboneSource {
  let opened: Promise<BackboneSource> | null = null;
  const source = (): Promise<BackboneSource> => (opened ??= keptModelsHere().then((kept) => kept.source(key, name)));
  return { name, list: async () => (await source()).list(), open: async (path) => (await source()).open(path) };
}

/** @throws TrajectoryError when a bundled file cannot be fetched */
export async function trajectoriesBlob(choice: TrajectoriesChoice, base: string): Promise<Blob> {
  if (choice.kind === 'blob') return choice.blob;
  const address = new URL(choice.url, base).href;
  const failed = (reason: string): never => {
    throw new TrajectoryError(`The trajectories "${choice.name}" could not be fetched from ${address} (${reason}).`, 'Check the connection to the page, or choose a file of your own.');
  };
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
  return response.ok ? response.blob() : failed(`status ${response.status}`);
}

/** The golden cases that come with the page, as addresses; they are fetched only when a check is asked for. */
const GOLDEN = import.meta.glob<string>('../../fixtures/golden/qwen*/**/*.{json,onnx,safetensors}', { query: '?url&no-inline', import: 'default' });

function bundledGolden(name: string): BackboneSource {
  const root = `../../fixtures/golden/${name}/`;
  const paths = Object.keys(GOLDEN).filter((path) => path.startsWith(root));
  return {
    name,
    list: () => Promise.resolve(paths.map((path) => path.slice(root.length))),
    async open(path) {
      const address = GOLDEN[`${root}${path}`] as (() => Promise<string>) | undefined;
      if (!address) throw new BackboneError(`${path} is missing in the golden case "${name}".`);
      const response = await fetch(await address());
      if (!response.ok) throw new BackboneError(`${path} of the golden case "${name}" could not be fetched (${response.status}).`);
      return response.blob();
    },
  };
}

/** The cases to check: the user's own, or all that come with the page, each named. */
export function goldenSources(golden: GoldenFiles | null): BackboneSource[] {
  if (golden) return [filesSource('the given case', golden.files)];
  const names = new Set(Object.keys(GOLDEN).map((path) => path.split('/')[4]));
  return [...names].sort().map(bundledGolden);
}
