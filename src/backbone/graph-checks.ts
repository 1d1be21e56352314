import { floatValues } from './dequantise.ts';
import type { OnnxNode } from './onnx-file.ts';
import { floatTensor, type OnnxGraph } from './onnx-graph.ts';
import { BackboneError, type DecoderConfig } from './types.ts';

/** A fused norm's ε stands in the graph and in the config: a mismatch means that they are not of one model. */
export function checkEpsilon(node: OnnxNode, config: DecoderConfig): void {
  const epsilon = node.attributes.get('epsilon')?.f;
  if (epsilon !== undefined && Math.abs(epsilon - config.rmsNormEps) > 1e-3 * config.rmsNormEps) {
    throw new BackboneError(`Node "${node.name}" normalises with ε = ${epsilon.toPrecision(3)} and config.json says ${config.rmsNormEps}: they are not of one model.`);
  }
}

/** What fused attention nodes say must be what the config says and the engine computes. */
export function checkAttention(graph: OnnxGraph, config: DecoderConfig): void {
  for (const node of graph.file.nodes) {
    if (node.op !== 'GroupQueryAttention') continue;
    const attribute = (name: string): number | undefined => node.attributes.get(name)?.i;
    const refuse = (found: string, supported: string): never => {
      throw new BackboneError(`The attention of node "${node.name}" has ${found}; ${supported}.`);
    };
    const [heads, kvHeads] = [attribute('num_heads'), attribute('kv_num_heads')];
    if (heads !== config.heads || kvHeads !== config.kvHeads) {
      refuse(`${heads ?? 0} heads and ${kvHeads ?? 0} key/value heads`, `config.json says ${config.heads} and ${config.kvHeads}`);
    }
    if (attribute('rotary_interleaved') === 1) refuse('interleaved rotary positions', 'only the rotate-half form is supported');
    const window = attribute('local_window_size') ?? -1;
    if (window !== -1) refuse(`a sliding window of ${window} tokens`, 'only full attention is supported');
    const softcap = node.attributes.get('softcap')?.f ?? 0;
    if (softcap !== 0) refuse(`a soft cap of ${softcap}`, 'none is supported');
    const scale = node.attributes.get('scale')?.f ?? 0;
    if (scale !== 0 && Math.abs(scale * Math.sqrt(config.headDim) - 1) > 1e-3) refuse(`the scale ${scale}`, `1/√${config.headDim} is supported`);
    if (node.inputs[11]) refuse('an attention sink', 'none is supported');
  }
}

/**
 * Compares two positions of a cosine table in the graph with cos(p·θ^(−2i/d)): a scaled or foreign θ shows here.
 * Position 1 shows the fast frequencies, a later one the slow; beyond 1,000 the exporter's own f32 angles get rough.
 */
export async function checkRotary(graph: OnnxGraph, config: DecoderConfig): Promise<void> {
  const attention = graph.file.nodes.find((node) => node.op === 'GroupQueryAttention');
  const table = graph.constant(attention?.inputs[7])?.tensor;
  const half = config.headDim / 2;
  if (table?.dims.length !== 2 || table.dims[0] < 2 || table.dims[1] !== half) return;
  for (const position of [1, Math.min(1000, table.dims[0] - 1)]) {
    const cosines = await floatValues(floatTensor(table, table.dims, 'The cosine table'), position * half, (position + 1) * half);
    const expected = cosines.map((_, i) => Math.cos(position * config.ropeTheta ** (-i / half)));
    // float16 tables are exact to 5e-4.
    const off = cosines.findIndex((value, i) => Math.abs(value - expected[i]) > 2e-3);
    if (off !== -1) {
      throw new BackboneError(`The graph's rotary table holds ${cosines[off].toFixed(4)} at position ${position}, frequency ${off}; θ = ${config.ropeTheta} of config.json gives ${expected[off].toFixed(4)}.`);
    }
  }
}
