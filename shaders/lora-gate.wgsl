// H[r, j] ← H[r, j] · [ j / rank = adapter[token[r]] ]: the per-position block mask of the stacked adapter, in place.
// k adapters of `rank` stand side by side in `width` columns (padding columns, j ≥ k·rank, become 0 too).
// H f32 [rows, width]; adapters u32 [tokens]. One invocation a value; workgroup 64.
struct Params { rows: u32, width: u32, rank: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(2) var<storage, read> adapters: array<u32>;
@group(0) @binding(3) var<storage, read_write> h: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.rows * p.width) { return; }
  let adapter = adapters[rowInfo[i / p.width].x];
  if ((i % p.width) / p.rank != adapter) { h[i] = 0.0; }
}
