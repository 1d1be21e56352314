// Y[i, :] = X[index[i], :]. X f32 [·, width], Y f32 [count, width]; width4 = width / 4. Workgroup 64.
struct Params { count: u32, width4: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.count * p.width4) { return; }
  y[i] = x[index[i / p.width4] * p.width4 + i % p.width4];
}
