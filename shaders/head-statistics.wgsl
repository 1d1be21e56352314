// For each row, over one block of the vocabulary (entries first … first + count − 1) without the target: running maximum
// and running sum of exponentials; and the target's logit. stats[r] = (maximum, sum, target logit, 0); `initial` starts.
// After the last block log π(target) = −log(1 + sum · exp(maximum − target logit)): the target stands apart, because for a
// nearly certain token 1 − π would otherwise be lost in rounding, and its gradient with it.
// logits f32 [rows, stride]. One workgroup of LANES × ROWS makes ROWS rows, as rmsnorm.wgsl; grid ⌈rows / ROWS⌉.
struct Params { rows: u32, first: u32, count: u32, stride: u32, initial: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec4f>;

const LANES: u32 = {LANES}u;
const ROWS: u32 = {ROWS}u;
// #if SHARED
var<workgroup> partial: array<vec2f, {LANES} * {ROWS}>;
// #end

fn merge(a: vec2f, b: vec2f) -> vec2f {
  let top = max(a.x, b.x);
  return vec2f(top, a.y * exp(a.x - top) + b.y * exp(b.x - top));
}

@compute @workgroup_size({LANES}, {ROWS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let safe = min(row, p.rows - 1u);
  let target_ = targets[safe];
  var running = vec2f(-3.0e38, 0.0);
  // Sums of 256 terms, then the sum of those: one running f32 sum loses the small terms of 152,000 entries (2e-4 nats).
  for (var start = local.x; start < p.count; start += LANES * 256u) {
    var part = vec2f(-3.0e38, 0.0);
    for (var i = start; i < min(start + LANES * 256u, p.count); i += LANES) {
      let value = logits[safe * p.stride + i];
      if (p.first + i == target_) { continue; }
      if (value > part.x) {
        part = vec2f(value, part.y * exp(part.x - value) + 1.0);
      } else {
        part.y += exp(value - part.x);
      }
    }
    running = merge(running, part);
  }
// #if SHARED
  partial[local.y * LANES + local.x] = running;
  workgroupBarrier();
  running = partial[local.y * LANES];
  for (var i = 1u; i < LANES; i++) { running = merge(running, partial[local.y * LANES + i]); }
// #end
  if (row >= p.rows || local.x != 0u) { return; }
  var goal = 0.0;
  if (p.initial == 0u) {
    let before = stats[row];
    running = merge(before.xy, running);
    goal = before.z;
  }
  if (target_ >= p.first && target_ - p.first < p.count) { goal = logits[row * p.stride + target_ - p.first]; }
  stats[row] = vec4f(running, goal, 0.0);
}
