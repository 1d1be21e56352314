import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { parseSeesawRecordText } from './src/core/record/seesaw-record.ts';
import { RECORDINGS } from './src/features/seesaw/recordings.ts';
import { type RecordingFacts, recordingFacts } from './src/replay/recording-facts.ts';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

/** The commit a run record names; a tarball without git says so instead of failing the build. */
function commit(): string {
  try {
    return execSync('git rev-parse --short=12 HEAD', { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return 'unknown';
  }
}

/** What the training runs that come with the page hold, so that the page need not fetch them to label them. */
function seesawRecordings(): ({ readonly file: string } & RecordingFacts)[] {
  const there = RECORDINGS.map(({ file }) => ({ file, path: new URL(`./public/recordings/${file}`, import.meta.url) })).filter(({ path }) => existsSync(path));
  return there.map(({ file, path }) => ({ file, ...recordingFacts(parseSeesawRecordText(readFileSync(path, 'utf8'))) }));
}

/**
 * Cross-origin isolation gives wasm threads and precise timers. The content security policy itself stands in
 * index.html, so that it holds on any static host.
 */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
};

/** The dev server injects inline scripts and styles, which the page's policy refuses; there alone it is left out. */
const noPolicyInDev: Plugin = {
  name: 'no-policy-in-dev',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
};

export default defineConfig({
  base: './',
  plugins: [react(), noPolicyInDev],
  // onnxruntime-web's builds without their WebAssembly inside: its threads start from files that stand as they are.
  resolve: { conditions: [...defaultClientConditions, 'onnxruntime-web-use-extern-wasm'] },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  define: {
    __APP_VERSION__: JSON.stringify(version),
    __APP_COMMIT__: JSON.stringify(commit()),
    __SEESAW_RECORDINGS__: JSON.stringify(seesawRecordings()),
  },
  server: { headers },
  preview: { headers },
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 900 },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          exclude: ['src/gpu/**', 'src/engine/**', 'src/**/*.gpu.test.ts'],
          environment: 'node',
        },
      },
      {
        extends: true,
        test: {
          name: 'kernels',
          // These need a GPU adapter; without one they fail (src/gpu/testing/device.ts), they never skip.
          include: ['src/gpu/**/*.test.ts', 'src/engine/**/*.test.ts', 'src/**/*.gpu.test.ts'],
          environment: 'node',
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
