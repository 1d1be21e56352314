// One AdamW step (Loshchilov & Hutter 2019, decoupled decay):
//   m ← β1·m + (1 − β1)·g;  v ← β2·v + (1 − β2)·g²;  w ← w − η·( (m / c1) / (sqrt(v / c2) + ε) + decay·w ),
// c = 1 − βᵗ. g is first multiplied by `clip` (the global-norm factor). All f32 [count]. Workgroup 64.
struct Params { count: u32, rate: f32, beta1: f32, beta2: f32, epsilon: f32, decay: f32, correction1: f32, correction2: f32, clip: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> w: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.count) { return; }
  let gradient = p.clip * g[i];
  let first = p.beta1 * m[i] + (1.0 - p.beta1) * gradient;
  let second = p.beta2 * v[i] + (1.0 - p.beta2) * gradient * gradient;
  m[i] = first;
  v[i] = second;
  let step = first / p.correction1 / (sqrt(second / p.correction2) + p.epsilon);
  w[i] -= p.rate * (step + p.decay * w[i]);
}
