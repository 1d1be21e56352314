// Rotate-half RoPE in place: (a, b) ← (a·cos − d·b·sin, b·cos + d·a·sin) for the pairs (j, j + headDim/2) of each head,
// d = +1 forward, −1 backward (the rotation's transpose). Row r stands at position token[r] − sequence start.
// X f32 [rows, heads·headDim]; table f32 [positions, headDim] = cos (headDim/2), sin (headDim/2), made in f64 on the CPU.
// One invocation a pair; workgroup 64; grid over rows · heads · headDim / 2.
struct Params { rows: u32, heads: u32, headDim: u32, direction: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let half = p.headDim / 2u;
  if (i >= p.rows * p.heads * half) { return; }
  let row = i / (p.heads * half);
  let head = (i / half) % p.heads;
  let j = i % half;
  let info = rowInfo[row];
  let angle = (info.x - info.y) * p.headDim + j;
  let c = table[angle];
  let s = p.direction * table[angle + half];
  let at = (row * p.heads + head) * p.headDim + j;
  let a = x[at];
  let b = x[at + half];
  x[at] = a * c - b * s;
  x[at + half] = b * c + a * s;
}
