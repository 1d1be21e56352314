// O[t, h] = Σ_{j = start(t) … t} softmax_j(q[t, h]·k[j, h/group]·scale) · v[j, h/group], causal within each packed
// sequence, and lse[t, h] = log Σ_j exp(…), with running maximum and sum: no T × T buffer.
// q, o f32 [tokens, heads·headDim]; k, v f32 [tokens, kvHeads·headDim]; lse f32 [tokens, heads]; HD4 = headDim / 4.
// One invocation a (token, head) of the tokens first … end − 1; workgroup 64; grid over (end − first) · heads.
struct Params { first: u32, end: u32, heads: u32, kvHeads: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> k: array<vec4f>;
@group(0) @binding(3) var<storage, read> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local + p.first * p.heads;
  if (i >= p.end * p.heads) { return; }
  let t = i / p.heads;
  let head = i % p.heads;
  let kvHead = head / (p.heads / p.kvHeads);
// #for d < HD4
  let q{d} = q[i * {HD4}u + {d}u] * p.scale;
  var o{d} = vec4f();
// #end
  var top = -3.0e38;
  var sum = 0.0;
  for (var j = rowInfo[t].y; j <= t; j++) {
    let at = (j * p.kvHeads + kvHead) * {HD4}u;
    var score = 0.0;
// #for d < HD4
    score += dot(q{d}, k[at + {d}u]);
// #end
    let next = max(top, score);
    let keep = exp(top - next);
    let weight = exp(score - next);
    sum = sum * keep + weight;
    top = next;
// #for d < HD4
    o{d} = o{d} * keep + weight * v[at + {d}u];
// #end
  }
// #for d < HD4
  o[i * {HD4}u + {d}u] = o{d} / sum;
// #end
  lse[i] = top + log(sum);
}
