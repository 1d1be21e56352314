// logits[r, i] ← softmax(logits)[r, i] − [first + i = target[r]], in place: the gradient of −log π(target) with respect
// to the logits of one vocabulary block; columns count … stride − 1 become 0. stats as head-statistics.wgsl leaves them.
// logits f32 [rows, stride]. One invocation a value; workgroup 64.
struct Params { rows: u32, first: u32, count: u32, stride: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> stats: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> logits: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.rows * p.stride) { return; }
  let row = i / p.stride;
  let column = i % p.stride;
  if (column >= p.count) { logits[i] = 0.0; return; }
  let s = stats[row];
  if (p.first + column == targets[row]) {
    // π − 1 = −r / (1 + r) with r = sum · exp(maximum − target logit); beyond e⁶⁰ it is −1 in f32.
    let r = s.y * exp(min(s.x - s.z, 60.0));
    logits[i] = -r / (1.0 + r);
    return;
  }
  let top = max(s.x, s.z);
  logits[i] = exp(logits[i] - top) / (s.y * exp(s.x - top) + exp(s.z - top));
}
