// stats[r, h] = (lse[t, h], Σ_d dO[r, h, d]·O[t, h, d]) with t = token[r]: what both backward kernels of attention need
// of a row. dO f32 [rows, heads·headDim], O f32 [tokens, heads·headDim]. One invocation a (row, head); workgroup 64.
struct Params { rows: u32, heads: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dO: array<vec4f>;
@group(0) @binding(2) var<storage, read> o: array<vec4f>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.rows * p.heads) { return; }
  let source = rowInfo[i / p.heads].x * p.heads + i % p.heads;
  var sum = 0.0;
// #for d < HD4
  sum += dot(dO[i * {HD4}u + {d}u], o[source * {HD4}u + {d}u]);
// #end
  stats[i] = vec2f(lse[source], sum);
}
