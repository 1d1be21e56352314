import { Cancelled } from './checkpoint.ts';

/**
 * What is being created (uploads and compiling take seconds), unless the run is cancelled or the device lost meanwhile: it
 * is then let go when it comes.
 * @param guard as `DeviceGuard.guard`
 * @throws Cancelled
 */
export async function createdUnlessCancelled<Value extends { destroy(): unknown }>(creating: Promise<Value>, signal: AbortSignal, guard: <Result>(promise: Promise<Result>) => Promise<Result>): Promise<Value> {
  let onAbort: () => void = () => undefined;
  const cancelled = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Cancelled());
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
  try {
    return await guard(Promise.race([creating, cancelled]));
  } catch (error) {
    // Nobody waits for it any more, and what it fails with now is told to nobody.
    creating.then((value) => value.destroy()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
