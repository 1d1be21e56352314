// node tools/with-gpu.mjs COMMAND …: runs it where npm webgpu finds the software adapter (or, with
// SEESAW_ADAPTER=system, whatever Vulkan driver the machine has).
import { spawnSync } from 'node:child_process';
import { ensureChromium, softwareGpuEnvironment } from './lib/browser.mjs';

const [command, ...args] = process.argv.slice(2);
const gpu = process.env.SEESAW_ADAPTER === 'system' ? {} : softwareGpuEnvironment(ensureChromium());
const result = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...gpu, PATH: `node_modules/.bin:${process.env.PATH}` } });
process.exit(result.status ?? 1);
