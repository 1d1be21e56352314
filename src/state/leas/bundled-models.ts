import { useBundledModels } from './settings-store.ts';

/** Relative to the page. */
export const BUNDLED_ADAPTERS = 'leas/adapters.zip';
const BUNDLED_RECORDING = 'recordings/leas-bundled.json';

let looked: Promise<boolean> | null = null;

/** Looks once whether trained models come with this copy of the page. */
export function lookForBundledModels(base: string = document.baseURI): Promise<boolean> {
  looked ??= fetch(new URL(BUNDLED_ADAPTERS, base), { method: 'HEAD' }).then(isFile, () => false);
  return looked.then((present) => {
    useBundledModels.setState({ present });
    return present;
  });
}

/** The recording that comes with the page, or null. */
export async function bundledRecording(base: string = document.baseURI): Promise<Blob | null> {
  const response = await fetch(new URL(BUNDLED_RECORDING, base));
  return isFile(response) ? response.blob() : null;
}

/** A server that answers every address with the page itself has no such file either. */
function isFile(response: Response): boolean {
  return response.ok && !(response.headers.get('content-type') ?? '').includes('html');
}
