import type { EngineContext } from './context.ts';

/** Frees everything that a decoder holds on the GPU. */
export function releaseContext(context: EngineContext): void {
  const { memory, arena, recorder, weights, adapters, ropeTable: table } = context;
  arena.destroy();
  recorder.destroy();
  const matrices = [...weights.embedding, ...(weights.head === weights.embedding ? [] : weights.head)].map(({ matrix }) => matrix);
  for (const layer of weights.layers) {
    matrices.push(...Object.values(layer.matrices));
    for (const view of [layer.inputNorm, layer.postAttentionNorm, layer.qNorm, layer.kNorm, ...Object.values(layer.biases)]) if (view) memory.destroy(view);
  }
  for (const matrix of matrices) {
    memory.destroy(matrix.data);
    if (matrix.kind !== 'float') {
      memory.destroy(matrix.scales);
      if (matrix.zeros) memory.destroy(matrix.zeros);
    }
  }
  memory.destroy(weights.finalNorm);
  memory.destroy(table);
  if (adapters) memory.destroy(adapters.parameters);
  // Browsers pass a buffer's end on with the next command; where only onnxruntime on the CPU follows, there would be none.
  memory.device.queue.submit([]);
}
