// G[s, o, i] = α · Σ_{r = start(s) … end(s) − 1} L[r, first + o] · R[t, i],  t = token[r] with TOKENS, else r: the weight gradient of each
// segment of rows, for `count` output rows from `first` (a multiple of 4). A segment is a span's stream, or a chunk of a weight vector.
// L f32 [rows, left] (output gradients), R f32 [·, right] (inputs); left, right multiples of 4; segments vec2u [·];
// G f32 [segments, count·right], written from segment `base` on.
// Each invocation makes TILE_O = 4·TILE_O4 rows × 4·TILE_V columns, rows in steps of four; with SUBGROUPS four lanes fetch the four rows'
// L values and broadcast them (lanes of a workgroup share o; WG_Y = 1).
// Grid ⌈right / (4·TILE_V·WG_X)⌉ × ⌈count / (TILE_O·WG_Y)⌉ × segments, or a part of it from workgroup (x, y, z) on.
// #if SUBGROUPS
enable subgroups;
// #end
struct Params { left: u32, right: u32, first: u32, count: u32, base: u32, x: u32, y: u32, z: u32, alpha: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> l: array<vec4f>;
@group(0) @binding(2) var<storage, read> r: array<vec4f>;
@group(0) @binding(3) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(4) var<storage, read> segments: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> g: array<vec4f>;

@compute @workgroup_size({WG_X}, {WG_Y})
// #if SUBGROUPS
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
// #else
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
// #end
  let tile = id.xy + vec2u(p.x * {WG_X}u, p.y * {WG_Y}u);
  let index = group.z + p.z;
  let range = segments[index];
  let right4 = p.right / 4u;
  let left4 = p.left / 4u;
  let o0 = tile.y * {TILE_O}u;
// #for a < TILE_O4
  let output{a} = min((p.first + o0) / 4u + {a}u, left4 - 1u);
// #end
// #for v < TILE_V
  let column{v} = min(tile.x * {TILE_V}u + {v}u, right4 - 1u);
// #end
// #for a < TILE_O4
// #for e < 4
// #for v < TILE_V
  var sum_{a}_{e}_{v} = vec4f();
// #end
// #end
// #end
  for (var row = range.x; row < range.y; row += 4u) {
// #if SUBGROUPS
    let mine = min(row + (lane & 3u), range.y - 1u) * left4;
    let counts = f32(row + (lane & 3u) < range.y);
// #for a < TILE_O4
    let part{a} = counts * l[mine + output{a}];
// #end
// #end
// #for j < 4
    {
      let at = min(row + {j}u, range.y - 1u);
// #if TOKENS
      let source = rowInfo[at].x * right4;
// #else
      let source = at * right4;
// #end
// #for v < TILE_V
      let r{v} = r[source + column{v}];
// #end
// #for a < TILE_O4
      {
// #if SUBGROUPS
        let left = subgroupBroadcast(part{a}, {j}u);
// #else
        let left = f32(row + {j}u < range.y) * l[at * left4 + output{a}];
// #end
// #for e < 4
// #for v < TILE_V
        sum_{a}_{e}_{v} += left[{e}] * r{v};
// #end
// #end
      }
// #end
    }
// #end
  }
  let segment = p.base + index;
// #for a < TILE_O4
// #for e < 4
  if (o0 + {a}u * 4u + {e}u < p.count) {
// #for v < TILE_V
    if (tile.x * {TILE_V}u + {v}u < right4) {
      g[(segment * p.count + o0 + {a}u * 4u + {e}u) * right4 + column{v}] = p.alpha * sum_{a}_{e}_{v};
    }
// #end
  }
// #end
// #end
}
