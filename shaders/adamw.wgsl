// AdamW (Loshchilov & Hutter 2019, decoupled decay) on gradients that are mixed per adapter: for a parameter of adapter u
//   g ← clip · Σ_l c[l][u]·g_l;  m ← β1·m + (1 − β1)·g;  v ← β2·v + (1 − β2)·g²;
//   w ← w − η_u·( (m / c1) / (sqrt(v / c2) + ε) + decay·w ),  c = 1 − βᵗ.
// c is the mask matrix (which loss may update which adapter) or what gradient surgery makes of it; η_u = 0 leaves the
// adapter and its moments alone. gradients f32 [losses, count]; owner u32 [count] (≥ k: padding, left alone);
// table f32 [losses + 1, k]: c, then η. m, v, w f32 [count]. Workgroup 64.
struct Params { count: u32, losses: u32, adapters: u32, beta1: f32, beta2: f32, epsilon: f32, decay: f32, correction1: f32, correction2: f32, clip: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> owner: array<u32>;
@group(0) @binding(3) var<storage, read> table: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;
@group(0) @binding(6) var<storage, read_write> w: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.count) { return; }
  let adapter = owner[i];
  if (adapter >= p.adapters) { return; }
  let rate = table[p.losses * p.adapters + adapter];
  if (rate == 0.0) { return; }
  var gradient = 0.0;
  for (var loss = 0u; loss < p.losses; loss += 1u) {
    let weight = table[loss * p.adapters + adapter];
    // A weight of 0 means "never": 0 · ∞ must not reach the parameters.
    if (weight != 0.0) { gradient += weight * gradients[loss * p.count + i]; }
  }
  gradient *= p.clip;
  let first = p.beta1 * m[i] + (1.0 - p.beta1) * gradient;
  let second = p.beta2 * v[i] + (1.0 - p.beta2) * gradient * gradient;
  m[i] = first;
  v[i] = second;
  let step = first / p.correction1 / (sqrt(second / p.correction2) + p.epsilon);
  w[i] -= rate * (step + p.decay * w[i]);
}
