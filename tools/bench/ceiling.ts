import { GpuMemory } from '../../src/gpu/buffers.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { defineKernel, variant } from '../../src/gpu/kernel.ts';
import { PipelineCache } from '../../src/gpu/pipelines.ts';
import { Recorder } from '../../src/gpu/recorder.ts';
import type { Contestant } from './harness.ts';

const STEPS = 4096;
const INVOCATIONS = 1024;

/** Eight chains of vec4 fused multiply-adds that stay in registers: nothing but arithmetic. */
const CODE = `
struct Params { steps: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
// #for c < 8
  var a{c} = vec4f(f32(id.x) + {c}.0);
// #end
  for (var i = 0u; i < p.steps; i++) {
// #for c < 8
    a{c} = fma(a{c}, vec4f(p.scale), vec4f(0.5));
// #end
  }
  y[id.x] = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
}`;

const fmaProbe = variant(
  defineKernel({ name: 'fma-probe', code: CODE, entryPoint: 'main', bindings: { y: 'read_write' }, params: { steps: 'u32', scale: 'f32' } }),
);

/** What the adapter's arithmetic gives right now: the yardstick for every other figure on a machine whose speed drifts. */
export async function ceiling(gpu: GpuDevice): Promise<Contestant> {
  const pipelines = new PipelineCache(gpu.device);
  const recorder = new Recorder(gpu.device, pipelines);
  const y = new GpuMemory(gpu.device).create('probe', INVOCATIONS * 16);
  await pipelines.prepare([fmaProbe]);
  return {
    name: 'register FMA (the ceiling right now)',
    work: (INVOCATIONS * STEPS * 8 * 4 * 2) / 1e9,
    unit: 'GFLOP/s',
    run: async () => {
      recorder.dispatch(fmaProbe, { bind: { y }, params: { steps: STEPS, scale: 0.999 }, workgroups: [INVOCATIONS / 64] });
      await recorder.finish();
    },
  };
}
