import { unzip } from 'fflate';
import type { AdapterFile } from './seesaw-events.ts';

/** Larger than any adapter of a backbone that a browser can train; a zip may claim any size. */
const MOST_BYTES = 1e9;

/** Whether the file begins as a zip does. */
export async function isZip(blob: Blob): Promise<boolean> {
  const [p, k, three, four] = new Uint8Array(await blob.slice(0, 4).arrayBuffer());
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
}

/** Files with every zip among them replaced by what is in it. @throws Error with a sentence for a broken or huge zip */
export async function unzipped(files: readonly AdapterFile[]): Promise<readonly AdapterFile[]> {
  const lists = await Promise.all(files.map(async (file) => ((await isZip(file.blob)) ? contents(file) : [file])));
  return lists.flat();
}

async function contents({ path, blob }: AdapterFile): Promise<AdapterFile[]> {
  const packed = new Uint8Array(await blob.arrayBuffer());
  const name = path.replace(/\.zip$/i, '').split('/').at(-1) ?? 'adapters';
  let total = 0;
  const files = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(packed, { filter: ({ originalSize }) => (total += originalSize) <= MOST_BYTES }, (error, data) => (error ? reject(new Error(`"${path}" cannot be unpacked (${error.message}).`)) : resolve(data)));
  });
  if (total > MOST_BYTES) throw new Error(`"${path}" unpacks to more than ${MOST_BYTES / 1e9} GB, which no adapter has.`);
  const entries = Object.entries(files).filter(([inside]) => !inside.endsWith('/'));
  const tops = new Set(entries.map(([inside]) => (inside.includes('/') ? inside.split('/')[0] : '')));
  // A zip of one folder is that folder; one of several stands for a folder of its own name.
  const folder = tops.size === 1 && !tops.has('') && !entries.some(([inside]) => inside === `${[...tops][0]}/adapter_config.json`) ? '' : `${name}/`;
  return entries.map(([inside, bytes]) => ({ path: `${folder}${inside}`, blob: new Blob([new Uint8Array(bytes)]) }));
}
