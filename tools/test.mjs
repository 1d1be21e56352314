// npm test: installs what is missing (its browser included), then lint, types, unit, kernel and browser tests.
import { spawnSync } from 'node:child_process';
import { ensureDependencies, requireNode } from './lib/install.mjs';

requireNode();
process.chdir(new URL('..', import.meta.url).pathname);
ensureDependencies();
const { ensureChromium, softwareGpuEnvironment } = await import('./lib/browser.mjs');
let environment;
try {
  const chromium = ensureChromium();
  environment = { ...process.env, ...softwareGpuEnvironment(chromium), CHROMIUM_PATH: chromium };
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const STEPS = [
  ['lint', 'eslint', ['.', '--max-warnings', '0']],
  ['types', 'tsc', ['--noEmit']],
  ['unit tests', 'vitest', ['run', '--project', 'unit']],
  ['kernel tests', 'vitest', ['run', '--project', 'kernels']],
  ['golden cases', process.execPath, ['tools/run.mjs', 'tools/verify.ts', 'fixtures/golden/qwen2-f32', 'fixtures/golden/qwen2-q4', 'fixtures/golden/qwen2-q4-zp', 'fixtures/golden/qwen3-f32']],
  ['build', 'vite', ['build', '--logLevel', 'warn']],
  ['browser tests', 'playwright', ['test']],
];
const only = process.argv.slice(2);
let failed = 0;
for (const [name, command, args] of STEPS) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
  const started = Date.now();
  console.log(`\n— ${name}`);
  const path = command === process.execPath ? command : `node_modules/.bin/${command}`;
  const { status } = spawnSync(path, args, { stdio: 'inherit', env: environment });
  console.log(`— ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (status !== 0) failed += 1;
}
console.log(`\nsteps: ${STEPS.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
