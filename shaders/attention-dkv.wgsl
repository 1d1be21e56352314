// dV[r, g] = Σ P·dO[i, h],  dK[r, g] = scale · Σ P·(dO[i, h]·v − D[i, h])·q[token(i), h], summed over the rows i = r …
// end(r) − 1 of the same stream (later or equal positions: causal) and the heads h of kv head g;
// P = exp(q·k·scale − lse). A stream is one weight vector's prefix of one sequence, rows in order of position.
// Layouts as in attention-dq.wgsl; dK, dV f32 [rows, kvHeads·headDim]. One invocation a (row, kv head); workgroup 64.
struct Params { rows: u32, heads: u32, kvHeads: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> k: array<vec4f>;
@group(0) @binding(3) var<storage, read> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> dO: array<vec4f>;
@group(0) @binding(5) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(7) var<storage, read_write> dk: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> dv: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= p.rows * p.kvHeads) { return; }
  let row = index / p.kvHeads;
  let kvHead = index % p.kvHeads;
  let shared_ = p.heads / p.kvHeads;
  let info = rowInfo[row];
  let key = (info.x * p.kvHeads + kvHead) * {HD4}u;
// #for d < HD4
  let k{d} = k[key + {d}u] * p.scale;
  let v{d} = v[key + {d}u];
  var dk{d} = vec4f();
  var dv{d} = vec4f();
// #end
  for (var i = row; i < info.z; i++) {
    let token = info.x + i - row;
    for (var h = kvHead * shared_; h < (kvHead + 1u) * shared_; h++) {
      let query = (token * p.heads + h) * {HD4}u;
      let at = i * p.heads + h;
      let stat = stats[at];
      var score = 0.0;
      var dp = 0.0;
// #for d < HD4
      let q{d} = q[query + {d}u];
      let do{d} = dO[at * {HD4}u + {d}u];
      score += dot(q{d}, k{d});
      dp += dot(do{d}, v{d});
// #end
      let weight = exp(score - stat.x);
      let ds = weight * (dp - stat.y) * p.scale;
// #for d < HD4
      dk{d} += ds * q{d};
      dv{d} += weight * do{d};
// #end
    }
  }
// #for d < HD4
  dk[index * {HD4}u + {d}u] = dk{d};
  dv[index * {HD4}u + {d}u] = dv{d};
// #end
}
