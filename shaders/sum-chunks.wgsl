// Y[j] (+=) Σ_{c = first … first + chunks − 1} X[c, j], in order: the second half of a deterministic reduction over rows.
// X f32 [·, count], Y f32 [count] from offset `at`. One invocation a value; workgroup 64.
struct Params { count: u32, first: u32, chunks: u32, at: u32, accumulate: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.count) { return; }
  var sum = 0.0;
  if (p.accumulate == 1u) { sum = y[p.at + i]; }
  for (var c = 0u; c < p.chunks; c++) { sum += x[(p.first + c) * p.count + i]; }
  y[p.at + i] = sum;
}
