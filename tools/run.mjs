// node tools/run.mjs FILE.ts …: runs a TypeScript tool through Vite (so that it may import shaders with ?raw), on
// the software adapter or, with SEESAW_ADAPTER=system, on the machine's own.
import { spawnSync } from 'node:child_process';
import { ensureDependencies, requireNode } from './lib/install.mjs';
import { ensureChromium, softwareGpuEnvironment } from './lib/browser.mjs';

requireNode();
const [file, ...args] = process.argv.slice(2);
if (process.env.SEESAW_RUN !== '1') {
  ensureDependencies();
  // LEAS from counts and random models are arithmetic: no adapter, and no browser that would have to be installed first.
  const arithmetic = file.endsWith('random-model.ts') || (args[0] === 'leas' && args.some((argument) => argument.startsWith('--counts')));
  const gpu = process.env.SEESAW_ADAPTER === 'system' || arithmetic ? {} : softwareGpuEnvironment(ensureChromium());
  const result = spawnSync(process.execPath, [new URL(import.meta.url).pathname, file, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...gpu, SEESAW_RUN: '1' },
  });
  process.exit(result.status ?? 1);
}
const { createServer } = await import('vite');
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  define: { __APP_VERSION__: '"tool"', __APP_COMMIT__: '"tool"' },
});
const tool = await server.ssrLoadModule(`/${file}`);
process.exit(await tool.main(args));
