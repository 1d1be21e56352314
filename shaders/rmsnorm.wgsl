// Y[r, :] = X[r, :] · g / sqrt(mean(X[r, :]²) + ε)
// X, Y f32 [rows, width], g [width]; width a multiple of 4. Also Qwen3's q/k norm with rows = tokens · heads.
// LANES invocations share a row (workgroup memory), ROWS rows a workgroup; LANES = 1 needs no barrier, which is what
// software adapters are fast at. Grid ⌈rows / ROWS⌉.
struct Params { rows: u32, width: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

const LANES: u32 = {LANES}u;
const ROWS: u32 = {ROWS}u;
// #if SHARED
var<workgroup> partial: array<f32, {LANES} * {ROWS}>;
// #end

@compute @workgroup_size({LANES}, {ROWS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let width4 = p.width / 4u;
  let base = min(row, p.rows - 1u) * width4;
  var sum = 0.0;
  for (var i = local.x; i < width4; i += LANES) {
    let v = x[base + i];
    sum += dot(v, v);
  }
// #if SHARED
  partial[local.y * LANES + local.x] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < LANES; i++) { sum += partial[local.y * LANES + i]; }
// #end
  if (row >= p.rows) { return; }
  let inverse = inverseSqrt(sum / f32(p.width) + p.epsilon);
  for (var i = local.x; i < width4; i += LANES) {
    y[base + i] = x[base + i] * g[i] * inverse;
  }
}
