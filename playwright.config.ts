import { defineConfig } from '@playwright/test';
import { findChromium } from './tools/lib/browser.mjs';

const PORT = 4199;
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('The browser tests need a Chromium: install the package "chromium" or set CHROMIUM_PATH to one.');

/** Tests run against the built page, as it is shipped, on the software adapter. */
export default defineConfig({
  testDir: 'e2e',
  timeout: 180_000,
  workers: 1,
  forbidOnly: process.env.CI !== undefined,
  reporter: 'line',
  use: {
    baseURL: `http://127.0.0.1:${PORT}/`,
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--enable-unsafe-webgpu',
        '--use-webgpu-adapter=swiftshader',
      ],
    },
  },
  webServer: { command: `npx vite preview --host 127.0.0.1 --port ${PORT} --strictPort`, url: `http://127.0.0.1:${PORT}/`, reuseExistingServer: false },
});
