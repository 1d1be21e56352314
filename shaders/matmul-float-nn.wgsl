// Y[m, k] = α · Σ_n X[m, n] · W[n, k] + bias[k] (+ Y[m, k] when accumulating)
// W [N, K] row-major, f32, or f16 in pairs (HALF). The backward of matmul-float-nt (X = dY, Y = dX), and the forward of
// a weight that ONNX stores [in, out].
// X f32 [M, stride], the first N columns used (stride a multiple of 4; what stands between N and stride is finite; RAGGED
// unless N = stride is a multiple of 16);
// Y f32 [M, K], K a multiple of 4.
// Each invocation makes TILE_M rows × 4·TILE_V columns, 16 n a step. Workgroup WG_X × WG_Y;
// grid ⌈K / (4·TILE_V·WG_X)⌉ × ⌈M / (TILE_M·WG_Y)⌉.
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
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size({WG_X}, {WG_Y})
// #if SUBGROUPS
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
// #else
fn main(@builtin(global_invocation_id) id: vec3u) {
// #end
  let m0 = id.y * {TILE_M}u;
  let stride4 = p.stride / 4u;
  let k4 = p.k / 4u;
// #for v < TILE_V
  let column{v} = min(id.x * {TILE_V}u + {v}u, k4 - 1u);
// #end
// #for m < TILE_M
  let row{m} = min(m0 + {m}u, p.m - 1u) * stride4;
// #for v < TILE_V
  var acc{m}_{v} = vec4f();
// #end
// #end
  for (var step = 0u; step < stride4; step += 4u) {
// #if SUBGROUPS
// #if RAGGED
    let chunk = min(step + (lane & 3u), stride4 - 1u);
// #else
    let chunk = step + (lane & 3u);
// #end
// #for m < TILE_M
    let part{m} = x[row{m} + chunk];
// #end
// #end
// #for j < 4
    {
// #if SUBGROUPS
// #for m < TILE_M
      let x{m} = subgroupBroadcast(part{m}, {j}u);
// #end
// #else
// #if RAGGED
      let at = min(step + {j}u, stride4 - 1u);
// #else
      let at = step + {j}u;
// #end
// #for m < TILE_M
      let x{m} = x[row{m} + at];
// #end
// #end
// #for e < 4
      {
// #if RAGGED
        let n = (step + {j}u) * 4u + {e}u;
        let used = f32(n < p.n);
        let base = min(n, p.n - 1u) * k4;
// #else
        let base = ((step + {j}u) * 4u + {e}u) * k4;
// #end
// #for v < TILE_V
// #if RAGGED
        let w{v} = used * weight(base + column{v});
// #else
        let w{v} = weight(base + column{v});
// #end
// #for m < TILE_M
        acc{m}_{v} += x{m}[{e}] * w{v};
// #end
// #end
      }
// #end
    }
// #end
  }
// #for m < TILE_M
  if (m0 + {m}u < p.m) {
// #for v < TILE_V
    if (id.x * {TILE_V}u + {v}u < k4) {
      let at = (m0 + {m}u) * k4 + column{v};
      var value = p.alpha * acc{m}_{v};
      if (p.hasBias == 1u) { value += bias[column{v}]; }
      if (p.accumulate == 1u) { value += y[at]; }
      y[at] = value;
    }
// #end
  }
// #end
}
