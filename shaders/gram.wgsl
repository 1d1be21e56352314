// K[c, i, j] = Σ_{d in chunk c} A[i, d] · B[j, d]: partial inner products of gradients; the CPU adds the chunks in f64.
// B f32 [all, width]; A = its rows firstA … firstA + new − 1; chunk c holds the vec4 c·chunk4 … of a row; width a multiple of 4.
// K f32 [chunks, new, all], written from chunk `base` on.
// Each invocation makes TILE_M × TILE_N values. Workgroup WG_X × WG_Y;
// grid ⌈all / (TILE_N·WG_X)⌉ × ⌈new / (TILE_M·WG_Y)⌉ × chunks, or a part of it from workgroup (x, y, z) on.
// #if SUBGROUPS
enable subgroups;
// #end
struct Params { new_: u32, all: u32, width4: u32, chunk4: u32, firstA: u32, base: u32, x: u32, y: u32, z: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> k: array<f32>;

@compute @workgroup_size({WG_X}, {WG_Y})
// #if SUBGROUPS
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
// #else
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
// #end
  let n0 = (id.x + p.x * {WG_X}u) * {TILE_N}u;
  let m0 = (id.y + p.y * {WG_Y}u) * {TILE_M}u;
  let chunk = group.z + p.z;
  let begin = chunk * p.chunk4;
  let end = min(begin + p.chunk4, p.width4);
// #for m < TILE_M
  let row{m} = (p.firstA + min(m0 + {m}u, p.new_ - 1u)) * p.width4;
// #for n < TILE_N
  var acc{m}_{n} = 0.0;
// #end
// #end
// #for n < TILE_N
  let column{n} = min(n0 + {n}u, p.all - 1u) * p.width4;
// #end
  for (var step = begin; step < end; step += 4u) {
// #if SUBGROUPS
    let mine = min(step + (lane & 3u), end - 1u);
    let counts = f32(step + (lane & 3u) < end);
// #for m < TILE_M
    let part{m} = counts * a[row{m} + mine];
// #end
// #end
// #for j < 4
    {
      let at = min(step + {j}u, end - 1u);
// #for n < TILE_N
      let b{n} = a[column{n} + at];
// #end
// #for m < TILE_M
      {
// #if SUBGROUPS
        let am = subgroupBroadcast(part{m}, {j}u);
// #else
        let am = f32(step + {j}u < end) * a[row{m} + at];
// #end
// #for n < TILE_N
        acc{m}_{n} += dot(am, b{n});
// #end
      }
// #end
    }
// #end
  }
// #for m < TILE_M
  if (m0 + {m}u < p.new_) {
// #for n < TILE_N
    if (n0 + {n}u < p.all) { k[((p.base + chunk) * p.new_ + m0 + {m}u) * p.all + n0 + {n}u] = acc{m}_{n}; }
// #end
  }
// #end
}
