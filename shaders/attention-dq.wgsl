// dQ[r, h] = scale · Σ_{j = start … t} P_j · (dO[r, h]·v[j] − D[r, h]) · k[j],  P_j = exp(q[t, h]·k[j]·scale − lse[t, h]),
// t = token[r]. Layouts as in attention.wgsl; dO, dQ f32 [rows, heads·headDim]; stats as in attention-stats.wgsl.
// One invocation makes a row of one head, or with PAIR two consecutive rows, so that what it loads of k and v serves both
// where they stand in the same sequence; made are the rows first … end − 1; workgroup 64.
struct Params { first: u32, end: u32, heads: u32, kvHeads: u32, scale: f32 }
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
  let first = p.first + i / p.heads * {ROWS}u;
  if (first >= p.end) { return; }
  let head = i % p.heads;
  let kvHead = head / (p.heads / p.kvHeads);
// #for b < ROWS
  let row{b} = min(first + {b}u, p.end - 1u);
  let info{b} = rowInfo[row{b}];
  let at{b} = row{b} * p.heads + head;
  let source{b} = (info{b}.x * p.heads + head) * {HD4}u;
  let stat{b} = stats[at{b}];
// #for d < HD4
  let q{b}_{d} = q[source{b} + {d}u] * p.scale;
  let do{b}_{d} = dO[at{b} * {HD4}u + {d}u];
  var dq{b}_{d} = vec4f();
// #end
// #end
// #if PAIR
  // Keys of both rows: one range where they share a sequence, else the two ranges one after the other.
  let together = info0.y == info1.y;
  let keys0 = select(info0.x, max(info0.x, info1.x), together) + 1u - info0.y;
  let keys = keys0 + select(info1.x + 1u - info1.y, 0u, together);
// #else
  let keys = info0.x + 1u - info0.y;
// #end
  for (var c = 0u; c < keys; c++) {
// #if PAIR
    let j = select(info1.y + c - keys0, info0.y + c, c < keys0);
    let valid0 = c < keys0 && j <= info0.x;
    let valid1 = (together || c >= keys0) && j <= info1.x;
// #else
    let j = info0.y + c;
    let valid0 = true;
// #end
    let at = (j * p.kvHeads + kvHead) * {HD4}u;
// #for d < HD4
    let k{d} = k[at + {d}u];
    let v{d} = v[at + {d}u];
// #end
// #for b < ROWS
    {
      var score = 0.0;
      var dp = 0.0;
// #for d < HD4
      score += dot(q{b}_{d}, k{d});
      dp += dot(do{b}_{d}, v{d});
// #end
      // Where not valid the score may be anything: bounded, so that nothing overflows before it is dropped.
      let weight = select(0.0, exp(min(score - stat{b}.x, 1.0)), valid{b});
      let ds = weight * (dp - stat{b}.y) * p.scale;
// #for d < HD4
      dq{b}_{d} += ds * k{d};
// #end
    }
// #end
  }
// #for b < ROWS
  if (first + {b}u < p.end) {
// #for d < HD4
    dq[at{b} * {HD4}u + {d}u] = dq{b}_{d};
// #end
  }
// #end
}
