// Inner products of several losses' gradients within each adapter's parameters, as partial sums:
//   y[c][q], q = (pair l ≤ l' in order)·k + u:  Σ_{i in chunk c, owner[i] = u} g_l[i]·g_l'[i].
// g f32 [losses, count]; owner u32 [count] (adapter of a parameter; ≥ k: padding, left out); y f32 [chunks, pairs·k].
// One invocation an entry, its chunk in order: the same bits on the same device. Workgroup 64.
struct Params { count: u32, losses: u32, adapters: u32, chunk: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read> owner: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let entries = p.losses * (p.losses + 1u) / 2u * p.adapters;
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= p.chunks * entries) { return; }
  let chunk = index / entries;
  let entry = index % entries;
  let adapter = entry % p.adapters;
  var pair = entry / p.adapters;
  var left = 0u;
  while (pair >= p.losses - left) {
    pair -= p.losses - left;
    left += 1u;
  }
  let right = left + pair;
  var sum = 0.0;
  let end = min(p.count, (chunk + 1u) * p.chunk);
  for (var i = chunk * p.chunk; i < end; i += 1u) {
    if (owner[i] == adapter) { sum += g[left * p.count + i] * g[right * p.count + i]; }
  }
  y[index] = sum;
}
