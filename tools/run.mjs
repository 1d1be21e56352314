// node tools/run.mjs FILE.ts …: runs a TypeScript tool through Vite (so that it may import shaders with ?raw), on
// the software adapter or, with SEESAW_ADAPTER=system, on the machine's own.
import { spawnSync } from 'node:child_process';
import { ensureDependencies, requireNode } from './lib/install.mjs';
import { ensureChromium, softwareGpuEnvironment } from './lib/browser.mjs';

requireNode();
const [file, ...args] = process.argv.slice(2);
if (process.env.SEESAW_RUN !== '1') {
  ensureDependencies();
  const gpu = process.env.SEESAW_ADAPTER === 'system' ? {} : softwareGpuEnvironment(ensureChromium());
  const result = spawnSync(process.execPath, [new URL(import.meta.url).pathname, file, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...gpu, SEESAW_RUN: '1' },
  });
  process.exit(result.status ?? 1);
}
const { runnerImport } = await import('vite');
const { module } = await runnerImport(`./${file}`, { configFile: false, logLevel: 'error', define: { __APP_VERSION__: '"tool"', __APP_COMMIT__: '"tool"' } });
process.exit(await module.main(args));
