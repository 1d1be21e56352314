// dX[r, :] (+=) s·(g∘dY[r, :]) − X[t, :]·s³/width·⟨g∘dY[r, :], X[t, :]⟩ with s = 1/sqrt(mean(X[t, :]²) + ε), the
// backward of rmsnorm.wgsl. Row r of the gradient belongs to row t of X: t = token[r / heads]·heads + r % heads.
// dY, dX f32 [rows, width]; X f32 [·, width]. The gain g is frozen. Lanes and grid as in rmsnorm.wgsl.
struct Params { rows: u32, width: u32, heads: u32, accumulate: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> g: array<vec4f>;
@group(0) @binding(4) var<storage, read> rowInfo: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;

const LANES: u32 = {LANES}u;
const ROWS: u32 = {ROWS}u;
// #if SHARED
var<workgroup> partial: array<vec2f, {LANES} * {ROWS}>;
// #end

@compute @workgroup_size({LANES}, {ROWS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let width4 = p.width / 4u;
  let safe = min(row, p.rows - 1u);
  let base = safe * width4;
  let source = (rowInfo[safe / p.heads].x * p.heads + safe % p.heads) * width4;
  var sums = vec2f(); // Σ x², Σ g·dy·x
  for (var i = local.x; i < width4; i += LANES) {
    let v = x[source + i];
    sums += vec2f(dot(v, v), dot(g[i] * dy[base + i], v));
  }
// #if SHARED
  partial[local.y * LANES + local.x] = sums;
  workgroupBarrier();
  sums = vec2f();
  for (var i = 0u; i < LANES; i++) { sums += partial[local.y * LANES + i]; }
// #end
  if (row >= p.rows) { return; }
  let s = inverseSqrt(sums.x / f32(p.width) + p.epsilon);
  let c = s * s * s * sums.y / f32(p.width);
  for (var i = local.x; i < width4; i += LANES) {
    var value = s * g[i] * dy[base + i] - c * x[source + i];
    if (p.accumulate == 1u) { value += dx[base + i]; }
    dx[base + i] = value;
  }
}
