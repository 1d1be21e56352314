import type { BackboneWeights } from '../../backbone/types.ts';
import type { Layouts } from '../../gpu/kernels/tiles.ts';
import { PipelineCache } from '../../gpu/pipelines.ts';
import { testDevice } from '../../gpu/testing/device.ts';
import { oneTile, SMALL } from '../../gpu/testing/tiles.ts';
import { createDecoder, type Decoder, type DecoderOptions } from '../decoder.ts';

/** Tiles that compile fast; what the shipped ones compute is tested with the kernels. */
export const SMALL_LAYOUTS: Layouts = { matmul: oneTile(SMALL), outer: { ...SMALL, rows: 4 }, gram: SMALL, rows: { lanes: 1, rows: 16 } };

export interface OpenDecoder {
  (weights: BackboneWeights, options?: DecoderOptions): Promise<Decoder>;
  readonly pipelines: PipelineCache;
}

/** Makes decoders of one device that share their pipelines: compiling is most of what these tests take. */
export async function decoderBench(): Promise<OpenDecoder> {
  const gpu = await testDevice();
  const pipelines = new PipelineCache(gpu.device);
  const open = (weights: BackboneWeights, options: DecoderOptions = {}): Promise<Decoder> => createDecoder(gpu, weights, { layouts: SMALL_LAYOUTS, pipelines, ...options });
  return Object.assign(open, { pipelines });
}
