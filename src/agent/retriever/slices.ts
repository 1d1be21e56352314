/** Work between two rests, ms: short enough that a worker's messages (cancel, progress) are never late. */
const SLICE_MS = 40;

/**
 * Cuts long work into slices. The returned function is called after every small step: null as a rule, and once a slice
 * is over a promise to await, which lets the thread's other work run.
 * @param signal the promise rejects with its reason once it is aborted
 */
export function workSlices(signal?: AbortSignal): () => Promise<void> | null {
  let began = performance.now();
  return () => {
    if (performance.now() - began < SLICE_MS) return null;
    return new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
      signal?.throwIfAborted();
      began = performance.now();
    });
  };
}
