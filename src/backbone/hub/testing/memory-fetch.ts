import type { Fetcher } from '../request.ts';

export type FetchFault = { readonly status: number } | { readonly cutAfter: number };

/** A server in memory for one path after another, fast enough for a property test; each fault is met once. */
export function memoryFetch(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, faults: FetchFault[], ranges: boolean): Fetcher {
  return (url, init) => {
    init?.signal?.throwIfAborted();
    const bytes = [...files].find(([path]) => url.endsWith(path))?.[1];
    if (!bytes) return Promise.resolve(new Response(null, { status: 404 }));
    const fault = faults.shift();
    if (fault && 'status' in fault) return Promise.resolve(new Response(null, { status: fault.status }));
    const range = ranges ? /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '') : null;
    const body = range ? bytes.subarray(Number(range[1]), Number(range[2]) + 1) : bytes;
    let at = 0;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (fault && 'cutAfter' in fault && at >= fault.cutAfter) controller.error(new TypeError('terminated'));
        else if (at >= body.length) controller.close();
        else {
          controller.enqueue(body.subarray(at, at + 1500));
          at += 1500;
        }
      },
    });
    return Promise.resolve(new Response(stream, { status: range ? 206 : 200, ...(range ? { headers: { 'Content-Range': `bytes ${range[1]}-${range[2]}/${bytes.length}` } } : {}) }));
  };
}
