// dG = dY∘U∘σ(G)(1 + G(1 − σ(G))), dU = dY∘silu(G), with G and U of row token[r]: the backward of swiglu.wgsl.
// dY, dG, dU f32 [rows, width]; G, U f32 [tokens, width]; width4 = width / 4. One invocation a vec4; workgroup 64.
struct Params { rows: u32, width4: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read> u: array<vec4f>;
@group(0) @binding(4) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> dg: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> du: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.rows * p.width4) { return; }
  let source = rowInfo[i / p.width4].x * p.width4 + i % p.width4;
  let x = g[source];
  let sigma = 1.0 / (1.0 + exp(-x));
  let d = dy[i];
  dg[i] = d * u[source] * sigma * (1.0 + x * (1.0 - sigma));
  du[i] = d * x * sigma;
}
