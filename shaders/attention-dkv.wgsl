// dV[r, g] = Σ P·dO[i, h],  dK[r, g] = scale · Σ P·(dO[i, h]·v − D[i, h])·q[token(i), h], summed over the rows i = r …
// end(r) − 1 of the same stream (later or equal positions: causal) and the heads h of kv head g;
// P = exp(q·k·scale − lse). A stream is one weight vector's prefix of one sequence, rows in order of position.
// Layouts as in attention-dq.wgsl; dK, dV f32 [rows, kvHeads·headDim]. One invocation makes ROWS consecutive rows of one
// kv head, so that what it loads of q and dO serves them all (of one stream or of neighbouring ones); made are the rows
// first … end − 1; workgroup 64.
struct Params { first: u32, end: u32, heads: u32, kvHeads: u32, scale: f32 }
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
  let first = p.first + index / p.kvHeads * {ROWS}u;
  if (first >= p.end) { return; }
  let kvHead = index % p.kvHeads;
  let shared_ = p.heads / p.kvHeads;
  var end = 0u;
// #for b < ROWS
  let row{b} = first + {b}u;
  var info{b} = rowInfo[min(row{b}, p.end - 1u)];
  if (row{b} >= p.end) { info{b}.z = 0u; } // no row: nothing is valid for it
  end = max(end, info{b}.z);
  let key{b} = (info{b}.x * p.kvHeads + kvHead) * {HD4}u;
// #for d < HD4
  let k{b}_{d} = k[key{b} + {d}u] * p.scale;
  let v{b}_{d} = v[key{b} + {d}u];
  var dk{b}_{d} = vec4f();
  var dv{b}_{d} = vec4f();
// #end
// #end
  for (var i = first; i < end; i++) {
    var token = 0u;
// #for b < ROWS
    let valid{b} = i >= row{b} && i < info{b}.z;
    if (valid{b}) { token = info{b}.x + i - row{b}; }
// #end
    for (var h = kvHead * shared_; h < (kvHead + 1u) * shared_; h++) {
      let query = (token * p.heads + h) * {HD4}u;
      let at = i * p.heads + h;
      let stat = stats[at];
// #for d < HD4
      let q{d} = q[query + {d}u];
      let do{d} = dO[at * {HD4}u + {d}u];
// #end
// #for b < ROWS
      {
        var score = 0.0;
        var dp = 0.0;
// #for d < HD4
        score += dot(q{d}, k{b}_{d});
        dp += dot(do{d}, v{b}_{d});
// #end
        // Where not valid the score may be anything: bounded, so that nothing overflows before it is dropped.
        let weight = select(0.0, exp(min(score - stat.x, 1.0)), valid{b});
        let ds = weight * (dp - stat.y) * p.scale;
// #for d < HD4
        dk{b}_{d} += ds * q{d};
        dv{b}_{d} += weight * do{d};
// #end
      }
// #end
    }
  }
// #for b < ROWS
  if (row{b} < p.end) {
// #for d < HD4
    dk[(row{b} * p.kvHeads + kvHead) * {HD4}u + {d}u] = dk{b}_{d};
    dv[(row{b} * p.kvHeads + kvHead) * {HD4}u + {d}u] = dv{b}_{d};
// #end
  }
// #end
}
