// X[t, :] = E[token[t], :] for the tokens that stand in this shard (rows first … first + rows − 1 of the table).
// E [rows, width] f32, or f16 in pairs (HALF); X f32 [count, width]; width a multiple of 4. One invocation a vec4.
// Workgroup 64; grid over count · width / 4.
struct Params { count: u32, width: u32, first: u32, rows: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
// #if HALF
@group(0) @binding(2) var<storage, read> table: array<vec2u>;
fn entry(at: u32) -> vec4f { let pair = table[at]; return vec4f(unpack2x16float(pair.x), unpack2x16float(pair.y)); }
// #else
@group(0) @binding(2) var<storage, read> table: array<vec4f>;
fn entry(at: u32) -> vec4f { return table[at]; }
// #end
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let width4 = p.width / 4u;
  if (i >= p.count * width4) { return; }
  let token = tokens[i / width4];
  if (token < p.first || token - p.first >= p.rows) { return; }
  x[i] = entry((token - p.first) * width4 + i % width4);
}
