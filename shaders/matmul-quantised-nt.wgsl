// Y[m, n] = α · Σ_k X[m, k] · W[n, k] + bias[n] (+ Y[m, n] when accumulating)
// W [rows, columns] as MatMulNBits stores it: BITS = 4 (low nibble = even column) or 8; value = (q − zero) · scale per
// block of BLOCK columns, a multiple of 16. rows = outputs n, columns = inputs k.
// X f32 [M, K] row-major, K = columns, a multiple of 16; Y f32 [M, stride], columns 0 … N−1 written.
// Each invocation makes TILE_M rows × TILE_N columns in registers, 16 k a step. With SUBGROUPS four lanes fetch the four
// vec4 of a row's step and broadcast them, because all lanes of a workgroup (WG_Y = 1) share their rows.
// Workgroup WG_X × WG_Y; grid ⌈N / (TILE_N·WG_X)⌉ × ⌈M / (TILE_M·WG_Y)⌉.
// #if SUBGROUPS
enable subgroups;
// #end
struct Params { m: u32, n: u32, k: u32, stride: u32, blocks: u32, zeroBytes: u32, hasBias: u32, accumulate: u32, alpha: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> w: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> zeros: array<u32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

const BLOCK: u32 = {BLOCK}u;
const BITS: u32 = {BITS}u;
const MASK: u32 = (1u << BITS) - 1u;
const SHIFTS: vec4u = vec4u(0u, BITS, 2u * BITS, 3u * BITS); // of four columns that stand side by side
const HIGH: vec4u = vec4u(16u, 20u, 24u, 28u); // of the next four, in a word of 4 bits

fn zeroPoint(row: u32, blockAt: u32) -> f32 {
// #if ZERO_POINTS
  let bit = row * p.zeroBytes * 8u + blockAt * BITS;
  let word = zeros[bit / 32u];
  return f32((word >> (bit % 32u)) & MASK);
// #else
  return f32(1u << (BITS - 1u));
// #end
}

@compute @workgroup_size({WG_X}, {WG_Y})
// #if SUBGROUPS
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
// #else
fn main(@builtin(global_invocation_id) id: vec3u) {
// #end
  let n0 = id.x * {TILE_N}u;
  let m0 = id.y * {TILE_M}u;
  let rowWords = p.k * BITS / 32u;
// #for m < TILE_M
// #if SUBGROUPS
  let row{m} = min(m0 + {m}u, p.m - 1u) * (p.k / 4u) + (lane & 3u);
// #else
  let row{m} = min(m0 + {m}u, p.m - 1u) * (p.k / 4u);
// #end
// #for n < TILE_N
  var acc{m}_{n} = 0.0;
// #end
// #end
// #for n < TILE_N
  let column{n} = min(n0 + {n}u, p.n - 1u);
// #end
  for (var step = 0u; step < p.k / 16u; step++) {
    let blockAt = step * 16u / BLOCK;
    let word = step * (BITS / 2u); // 16 columns are 2 words of 4 bits, 4 of 8
// #if SUBGROUPS
// #for m < TILE_M
    let part{m} = x[row{m} + step * 4u];
// #end
// #end
// #for n < TILE_N
    let scale{n} = scales[column{n} * p.blocks + blockAt];
    let zero{n} = zeroPoint(column{n}, blockAt);
// #end
// #for h < 2
    {
// #for n < TILE_N
// #if BYTES
      let at{n} = column{n} * rowWords + word + {h}u * 2u;
      let a{n} = (vec4f((vec4u(w[at{n}]) >> SHIFTS) & vec4u(MASK)) - zero{n}) * scale{n};
      let b{n} = (vec4f((vec4u(w[at{n} + 1u]) >> SHIFTS) & vec4u(MASK)) - zero{n}) * scale{n};
// #else
      let q{n} = w[column{n} * rowWords + word + {h}u];
      let a{n} = (vec4f((vec4u(q{n}) >> SHIFTS) & vec4u(MASK)) - zero{n}) * scale{n};
      let b{n} = (vec4f((vec4u(q{n}) >> HIGH) & vec4u(MASK)) - zero{n}) * scale{n};
// #end
// #end
// #for m < TILE_M
      {
// #if SUBGROUPS
        let xa = subgroupBroadcast(part{m}, {h}u * 2u);
        let xb = subgroupBroadcast(part{m}, {h}u * 2u + 1u);
// #else
        let xa = x[row{m} + step * 4u + {h}u * 2u];
        let xb = x[row{m} + step * 4u + {h}u * 2u + 1u];
// #end
// #for n < TILE_N
        acc{m}_{n} += dot(xa, a{n}) + dot(xb, b{n});
// #end
      }
// #end
    }
// #end
  }
// #for m < TILE_M
  if (m0 + {m}u < p.m) {
// #for n < TILE_N
    if (n0 + {n}u < p.n) {
      let at = (m0 + {m}u) * p.stride + n0 + {n}u;
      var value = p.alpha * acc{m}_{n};
      if (p.hasBias == 1u) { value += bias[n0 + {n}u]; }
      if (p.accumulate == 1u) { value += y[at]; }
      y[at] = value;
    }
// #end
  }
// #end
}
