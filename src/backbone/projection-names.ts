/**
 * Names that exporters give the projections' nodes: `/model/layers.3/attn/q_proj/MatMul_Q4`, `…/self_attn/q_proj/MatMul`,
 * `…/MatMulNBits`, `…/MatMul_quant`, `…/Gemm`. Whoever looks for them, in whatever form a graph was read, does so by this rule.
 */
const PROJECTION = /(?:^|\/)layers\.(\d+)\/(?:self_attn|attn|mlp)\/([a-z_]+_proj)\/(?:MatMul|Gemm)/;

/** The layer and the name ("q_proj") of a projection's node; packed ones ("qkv_proj") are among them. Null for other nodes. */
export function projectionOf(nodeName: string): { readonly layer: number; readonly target: string } | null {
  const match = PROJECTION.exec(nodeName);
  return match && { layer: Number(match[1]), target: match[2] };
}
