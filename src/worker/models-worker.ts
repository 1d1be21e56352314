import { downloadModel, type DownloadProgress } from '../backbone/hub/download.ts';
import { findAtAddress } from '../backbone/hub/address-client.ts';
import { findAtHub } from '../backbone/hub/hub-client.ts';
import { parseModelId } from '../backbone/hub/model-id.ts';
import type { Access } from '../backbone/hub/request.ts';
import { variantsOf, whyNone } from '../backbone/hub/variants.ts';
import { toFailure } from '../lab/failure.ts';
import { filesOfSource, preflightModel, remoteFiles } from '../lab/model-preflight.ts';
import { keptModelsHere } from './kept-models-here.ts';
import type { FoundModel, ModelPlace, ModelsReply, ModelsRequest } from './models-protocol.ts';
import { backboneSource } from './resources.ts';

/** Progress is told at most this often; chunks come by the thousand. */
const TELL_MS = 100;

const running = new Map<number, AbortController>();

function post(reply: ModelsReply): void {
  postMessage(reply);
}

async function find(place: ModelPlace, access: Access): Promise<FoundModel> {
  const model = place.kind === 'hub' ? await findAtHub(parseModelId(place.id), place.host, access) : await findAtAddress(place.address, access);
  const variants = variantsOf(model);
  return { model, variants, refused: whyNone(model, variants) };
}

async function answer(request: Exclude<ModelsRequest, { readonly type: 'stop' }>, signal: AbortSignal): Promise<ModelsReply> {
  const { id } = request;
  const access: Access = { fetcher: (url, init) => fetch(url, init), token: 'token' in request ? request.token : null, signal };
  switch (request.type) {
    case 'find':
      return { id, type: 'found', found: await find(request.place, access) };
    case 'preflight':
      return { id, type: 'preflight', report: await preflightModel(request, remoteFiles(request.model, request.variant, access)) };
    case 'preflight-here': {
      const { variant, files } = await filesOfSource(backboneSource(request.backbone, request.base));
      return { id, type: 'preflight', report: await preflightModel({ ...request, variant }, files) };
    }
    case 'download': {
      let told = 0;
      const onProgress = (progress: DownloadProgress): void => {
        const now = performance.now();
        if (now - told < TELL_MS && progress.bytes !== progress.total) return;
        told = now;
        post({ id, type: 'progress', progress });
      };
      const { key, name } = await downloadModel(request.model, request.variant, await keptModelsHere(), { access, onProgress });
      return { id, type: 'downloaded', key, name };
    }
    case 'list':
    case 'delete': {
      const kept = await keptModelsHere();
      if (request.type === 'delete') await kept.delete(request.key);
      return { id, type: 'kept', kept: { models: await kept.list(), free: await kept.free() } };
    }
  }
}

// Hashing hundreds of megabytes takes seconds, which would hold up the page.
addEventListener('message', ({ data }: MessageEvent<ModelsRequest>) => {
  if (data.type === 'stop') {
    running.get(data.request)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(data.id, controller);
  void answer(data, controller.signal)
    .catch((error: unknown): ModelsReply => (controller.signal.aborted ? { id: data.id, type: 'stopped' } : { id: data.id, type: 'failed', failure: toFailure(error) }))
    .then((reply) => {
      running.delete(data.id);
      post(reply);
    });
});
