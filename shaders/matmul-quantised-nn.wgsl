// Y[m, k] = α · Σ_n X[m, n] · W[n, k] (+ Y[m, k] when accumulating): the backward of matmul-quantised-nt with X = dY, Y = dX.
// W as in matmul-quantised-nt.wgsl: [rows = n, columns = k], BITS = 4 or 8, blocks of BLOCK columns.
// X f32 [M, stride], the first N columns used (stride a multiple of 4, zeros between N and stride); Y f32 [M, K].
// Each invocation makes TILE_M rows × 8·TILE_W columns (TILE_W groups of 8) in registers, 16 n a step. With
// SUBGROUPS four lanes fetch the four vec4 of a row's step and broadcast them (WG_Y = 1).
// Workgroup WG_X × WG_Y; grid ⌈K / (8·TILE_W·WG_X)⌉ × ⌈M / (TILE_M·WG_Y)⌉.
// #if SUBGROUPS
enable subgroups;
// #end
struct Params { m: u32, n: u32, k: u32, stride: u32, blocks: u32, zeroBytes: u32, accumulate: u32, alpha: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> w: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> zeros: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;

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
  let m0 = id.y * {TILE_M}u;
  let n4 = p.stride / 4u;
  let groups = p.k / 8u; // of 8 columns; k is a multiple of 16
// #for v < TILE_W
  let group{v} = min(id.x * {TILE_W}u + {v}u, groups - 1u);
  let blockAt{v} = group{v} * 8u / BLOCK;
// #end
// #for m < TILE_M
  let row{m} = min(m0 + {m}u, p.m - 1u) * n4;
// #for v < TILE_W
  var low{m}_{v} = vec4f();
  var high{m}_{v} = vec4f();
// #end
// #end
  for (var step = 0u; step < n4; step += 4u) {
// #if SUBGROUPS
    let chunk = step + (lane & 3u);
// #for m < TILE_M
    let part{m} = select(vec4f(), x[row{m} + min(chunk, n4 - 1u)], chunk < n4);
// #end
// #end
// #for j < 4
    {
// #if SUBGROUPS
      let at = min(step + {j}u, n4 - 1u);
// #for m < TILE_M
      let x{m} = subgroupBroadcast(part{m}, {j}u);
// #end
// #else
      let inside = step + {j}u < n4;
      let at = min(step + {j}u, n4 - 1u);
// #for m < TILE_M
      let x{m} = select(vec4f(), x[row{m} + at], inside);
// #end
// #end
// #for e < 4
      {
        let n = min(at * 4u + {e}u, p.n - 1u);
// #for v < TILE_W
        let scale{v} = scales[n * p.blocks + blockAt{v}];
        let zero{v} = zeroPoint(n, blockAt{v});
// #if BYTES
        let at{v} = (n * groups + group{v}) * 2u;
        let a{v} = (vec4f((vec4u(w[at{v}]) >> SHIFTS) & vec4u(MASK)) - zero{v}) * scale{v};
        let b{v} = (vec4f((vec4u(w[at{v} + 1u]) >> SHIFTS) & vec4u(MASK)) - zero{v}) * scale{v};
// #else
        let q{v} = w[n * groups + group{v}];
        let a{v} = (vec4f((vec4u(q{v}) >> SHIFTS) & vec4u(MASK)) - zero{v}) * scale{v};
        let b{v} = (vec4f((vec4u(q{v}) >> HIGH) & vec4u(MASK)) - zero{v}) * scale{v};
// #end
// #for m < TILE_M
        low{m}_{v} += x{m}[{e}] * a{v};
        high{m}_{v} += x{m}[{e}] * b{v};
// #end
// #end
      }
// #end
    }
// #end
  }
// #for m < TILE_M
  if (m0 + {m}u < p.m) {
// #for v < TILE_W
    if (id.x * {TILE_W}u + {v}u < groups) {
      let at = (m0 + {m}u) * (p.k / 4u) + group{v} * 2u;
      var a = p.alpha * low{m}_{v};
      var b = p.alpha * high{m}_{v};
      if (p.accumulate == 1u) { a += y[at]; b += y[at + 1u]; }
      y[at] = a;
      y[at + 1u] = b;
    }
// #end
  }
// #end
}
