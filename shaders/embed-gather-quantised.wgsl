// X[t, :] = E[token[t], :] for the tokens that stand in this shard (rows first … first + rows − 1 of the table).
// E [rows, width] as in matmul-quantised-nt.wgsl: BITS = 4 (low nibble = even column) or 8, value = (q − zero) · scale per
// block of BLOCK columns; X f32 [count, width]; width a multiple of 16. One invocation a vec4.
// Workgroup 64; grid over count · width / 4.
struct Params { count: u32, width: u32, first: u32, rows: u32, blocks: u32, zeroBytes: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> zeros: array<u32>;
@group(0) @binding(5) var<storage, read_write> x: array<vec4f>;

const BLOCK: u32 = {BLOCK}u;
const BITS: u32 = {BITS}u;
const MASK: u32 = (1u << BITS) - 1u;

fn zeroPoint(row: u32, blockAt: u32) -> f32 {
// #if ZERO_POINTS
  let bit = row * p.zeroBytes * 8u + blockAt * BITS;
  let word = zeros[bit / 32u];
  return f32((word >> (bit % 32u)) & MASK);
// #else
  return f32(1u << (BITS - 1u));
// #end
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let width4 = p.width / 4u;
  if (i >= p.count * width4) { return; }
  let token = tokens[i / width4];
  if (token < p.first || token - p.first >= p.rows) { return; }
  let row = token - p.first;
  let column = (i % width4) * 4u;
  let blockAt = column / BLOCK;
  let bit = column * BITS; // of the row
  let four = table[row * (p.width * BITS / 32u) + bit / 32u] >> (bit % 32u);
  let numbers = (vec4u(four) >> vec4u(0u, BITS, 2u * BITS, 3u * BITS)) & vec4u(MASK);
  x[i] = (vec4f(numbers) - zeroPoint(row, blockAt)) * scales[row * p.blocks + blockAt];
}
