import { fetchFile } from '../agent/fetch-file.ts';
import { LeasError } from './leas-plan.ts';
import type { AdapterFile } from './seesaw-events.ts';
import { unzipped } from './zip-files.ts';

/** Trained adapters that come with the page: folders ARM-SEED as `npm run reproduce -- seesaw` writes them. */
const ADDRESS = 'leas/adapters.zip';

/**
 * @param base the page's address
 * @throws LeasError where they are not there
 */
export async function bundledAdapters(base: string): Promise<readonly AdapterFile[]> {
  const refuse = (reason: string): never => {
    throw new LeasError(`The trained adapters that come with the page could not be taken: ${reason}`, 'Train the models here, or open PEFT folders of your own.');
  };
  try {
    const files = await unzipped([{ path: 'adapters.zip', blob: await fetchFile(new URL(ADDRESS, base).href) }]);
    if (files.some(({ path }) => path === 'adapters.zip')) return refuse(`${ADDRESS} is no zip.`);
    return files;
  } catch (error) {
    if (error instanceof LeasError) throw error;
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
