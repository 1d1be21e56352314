import { dequantiseRows, floatValues } from '../dequantise.ts';
import type { BackboneWeights, FloatTensor, LayerWeights, LoraAdapter, WeightMatrix } from '../types.ts';

/** A plain double-precision forward pass with routed adapters, for tests of loading: slow, short, no tricks. */
type Rows = Float64Array[];

async function vector(tensor: FloatTensor | null): Promise<Float64Array | null> {
  return tensor ? Float64Array.from(await floatValues(tensor)) : null;
}

async function project(x: Rows, matrix: WeightMatrix, bias: FloatTensor | null): Promise<Rows> {
  const w = await dequantiseRows(matrix);
  const b = await vector(bias);
  return x.map((row) => Float64Array.from({ length: matrix.rows }, (_, o) => row.reduce((sum, value, i) => sum + value * w[o * matrix.columns + i], b?.[o] ?? 0)));
}

function addAdapter(y: Rows, x: Rows, adapters: readonly LoraAdapter[], routes: Uint8Array, module: string): void {
  y.forEach((row, p) => {
    const adapter = adapters[routes[p]];
    const lora = adapter.modules.get(module)!;
    const scale = adapter.alpha / adapter.rank;
    for (let r = 0; r < adapter.rank; r += 1) {
      const hidden = x[p].reduce((sum, value, i) => sum + value * lora.a[r * lora.inFeatures + i], 0);
      for (let o = 0; o < row.length; o += 1) row[o] += scale * hidden * lora.b[o * adapter.rank + r];
    }
  });
}

function rmsNorm(x: Rows, weight: Float64Array, eps: number): Rows {
  return x.map((row) => {
    const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length + eps);
    return row.map((value, i) => value * scale * weight[i]);
  });
}

function rotate(head: Float64Array, position: number, theta: number): Float64Array {
  const half = head.length / 2;
  return head.map((value, i) => {
    const angle = position * theta ** (-(i % half) / half);
    return i < half ? value * Math.cos(angle) - head[i + half] * Math.sin(angle) : value * Math.cos(angle) + head[i - half] * Math.sin(angle);
  });
}

function attend(q: Rows, k: Rows, v: Rows, heads: number, kvHeads: number, dim: number): Rows {
  return q.map((row, p) => {
    const out = new Float64Array(row.length);
    for (let h = 0; h < heads; h += 1) {
      const kv = Math.floor((h * kvHeads) / heads) * dim;
      const scores = k.slice(0, p + 1).map((key) => row.subarray(h * dim, (h + 1) * dim).reduce((sum, value, i) => sum + value * key[kv + i], 0) / Math.sqrt(dim));
      const top = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - top));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      weights.forEach((weight, t) => {
        for (let i = 0; i < dim; i += 1) out[h * dim + i] += (weight / total) * v[t][kv + i];
      });
    }
    return out;
  });
}

/** log π(c_{t+1} | c_≤t) of a sequence, nats: [T − 1]. */
export async function referenceLogProbs(weights: BackboneWeights, adapters: readonly LoraAdapter[], tokens: readonly number[], routes: Uint8Array): Promise<Float64Array> {
  const { hiddenSize, heads, kvHeads, headDim, rmsNormEps, ropeTheta } = weights.config;
  const embedding = await dequantiseRows(weights.embedding);
  let x: Rows = tokens.map((token) => Float64Array.from(embedding.subarray(token * hiddenSize, (token + 1) * hiddenSize)));
  const perHead = async (rows: Rows, norm: FloatTensor | null): Promise<Rows> => {
    const weight = await vector(norm);
    return rows.map((row, p) => {
      const out = new Float64Array(row.length);
      for (let at = 0; at < row.length; at += headDim) {
        const head = row.slice(at, at + headDim);
        out.set(rotate(weight ? rmsNorm([head], weight, rmsNormEps)[0] : head, p, ropeTheta), at);
      }
      return out;
    });
  };
  const layer = async (index: number, l: LayerWeights): Promise<void> => {
    const routed = async (input: Rows, matrix: WeightMatrix, bias: FloatTensor | null, name: string): Promise<Rows> => {
      const y = await project(input, matrix, bias);
      if (adapters.length > 0) addAdapter(y, input, adapters, routes, `layers.${index}.${name}`);
      return y;
    };
    const normed = rmsNorm(x, (await vector(l.inputNorm))!, rmsNormEps);
    const q = await perHead(await routed(normed, l.q, l.qBias, 'self_attn.q_proj'), l.qNorm);
    const k = await perHead(await routed(normed, l.k, l.kBias, 'self_attn.k_proj'), l.kNorm);
    const v = await routed(normed, l.v, l.vBias, 'self_attn.v_proj');
    const o = await routed(attend(q, k, v, heads, kvHeads, headDim), l.o, null, 'self_attn.o_proj');
    x = x.map((row, p) => row.map((value, i) => value + o[p][i]));
    const inner = rmsNorm(x, (await vector(l.postAttentionNorm))!, rmsNormEps);
    const gate = await routed(inner, l.gate, null, 'mlp.gate_proj');
    const up = await routed(inner, l.up, null, 'mlp.up_proj');
    const product = gate.map((row, p) => row.map((value, i) => (value / (1 + Math.exp(-value))) * up[p][i]));
    const down = await routed(product, l.down, null, 'mlp.down_proj');
    x = x.map((row, p) => row.map((value, i) => value + down[p][i]));
  };
  for (const [index, l] of weights.layers.entries()) await layer(index, l);
  const logits = await project(rmsNorm(x, (await vector(weights.finalNorm))!, rmsNormEps), weights.head, null);
  return Float64Array.from({ length: tokens.length - 1 }, (_, t) => {
    const top = Math.max(...logits[t]);
    return logits[t][tokens[t + 1]] - top - Math.log(logits[t].reduce((sum, value) => sum + Math.exp(value - top), 0));
  });
}
