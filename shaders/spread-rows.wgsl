// Y[r, :] = weight[r] · X[source[r], :], or 0 where source[r] is 0xffffffff: sends each target's unit gradient of the
// log-likelihood to the rows of every weight vector that counts it.
// X f32 [·, width], Y f32 [rows, width]; width4 = width / 4. Workgroup 64.
struct Params { rows: u32, width4: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> source: array<u32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.rows * p.width4) { return; }
  let row = i / p.width4;
  let at = source[row];
  if (at == 0xffffffffu) { y[i] = vec4f(); return; }
  y[i] = weight[row] * x[at * p.width4 + i % p.width4];
}
