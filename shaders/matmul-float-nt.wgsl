// Y[m, n] = α · Σ_k X[m, k] · W[n, k] + bias[n] (+ Y[m, n] when accumulating)
// W [N, K] row-major, f32, or f16 in pairs (HALF; read with unpack2x16float, so shader-f16 is not needed).
// X f32 [M, K], K a multiple of 4 (RAGGED when it is no multiple of 16); Y f32 [M, stride], columns 0 … N−1 written.
// Tiles, subgroups and grid as in matmul-q4-nt.wgsl.
// #if SUBGROUPS
enable subgroups;
// #end
struct Params { m: u32, n: u32, k: u32, stride: u32, hasBias: u32, accumulate: u32, alpha: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
// #if HALF
@group(0) @binding(2) var<storage, read> w: array<vec2u>;
fn weight(at: u32) -> vec4f { let pair = w[at]; return vec4f(unpack2x16float(pair.x), unpack2x16float(pair.y)); }
// #else
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
fn weight(at: u32) -> vec4f { return w[at]; }
// #end
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size({WG_X}, {WG_Y})
// #if SUBGROUPS
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
// #else
fn main(@builtin(global_invocation_id) id: vec3u) {
// #end
  let n0 = id.x * {TILE_N}u;
  let m0 = id.y * {TILE_M}u;
  let k4 = p.k / 4u;
// #for m < TILE_M
  let row{m} = min(m0 + {m}u, p.m - 1u) * k4;
// #for n < TILE_N
  var acc{m}_{n} = 0.0;
// #end
// #end
// #for n < TILE_N
  let column{n} = min(n0 + {n}u, p.n - 1u) * k4;
// #end
  for (var step = 0u; step < k4; step += 4u) {
// #if SUBGROUPS
    let chunk = step + (lane & 3u);
// #for m < TILE_M
// #if RAGGED
    let part{m} = select(vec4f(), x[row{m} + min(chunk, k4 - 1u)], chunk < k4);
// #else
    let part{m} = x[row{m} + chunk];
// #end
// #end
// #end
// #for j < 4
    {
// #if RAGGED
      let at = min(step + {j}u, k4 - 1u);
      let inside = step + {j}u < k4;
// #else
      let at = step + {j}u;
// #end
// #for n < TILE_N
      let w{n} = weight(column{n} + at);
// #end
// #for m < TILE_M
      {
// #if SUBGROUPS
        let xm = subgroupBroadcast(part{m}, {j}u);
// #else
// #if RAGGED
        let xm = select(vec4f(), x[row{m} + at], inside);
// #else
        let xm = x[row{m} + at];
// #end
// #end
// #for n < TILE_N
        acc{m}_{n} += dot(xm, w{n});
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
