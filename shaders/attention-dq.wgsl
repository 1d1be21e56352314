// dQ[r, h] = scale · Σ_{j = start … t} P_j · (dO[r, h]·v[j] − D[r, h]) · k[j],  P_j = exp(q[t, h]·k[j]·scale − lse[t, h]),
// t = token[r]. Layouts as in attention.wgsl; dO, dQ f32 [rows, heads·headDim]; stats as in attention-stats.wgsl.
// One invocation a (row, head); workgroup 64; grid over rows · heads.
struct Params { rows: u32, heads: u32, kvHeads: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> k: array<vec4f>;
@group(0) @binding(3) var<storage, read> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> dO: array<vec4f>;
@group(0) @binding(5) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= p.rows * p.heads) { return; }
  let info = rowInfo[i / p.heads];
  let head = i % p.heads;
  let kvHead = head / (p.heads / p.kvHeads);
  let source = (info.x * p.heads + head) * {HD4}u;
  let stat = stats[i];
// #for d < HD4
  let q{d} = q[source + {d}u] * p.scale;
  let do{d} = dO[i * {HD4}u + {d}u];
  var dq{d} = vec4f();
// #end
  for (var j = info.y; j <= info.x; j++) {
    let at = (j * p.kvHeads + kvHead) * {HD4}u;
    var score = 0.0;
    var dp = 0.0;
// #for d < HD4
    let k{d} = k[at + {d}u];
    score += dot(q{d}, k{d});
    dp += dot(do{d}, v[at + {d}u]);
// #end
    let ds = exp(score - stat.x) * (dp - stat.y) * p.scale;
// #for d < HD4
    dq{d} += ds * k{d};
// #end
  }
// #for d < HD4
  dq[i * {HD4}u + {d}u] = dq{d};
// #end
}
