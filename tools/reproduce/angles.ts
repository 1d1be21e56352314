import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { ensureChromium, findChromium } from '../lib/browser.mjs';
import type { HeadlessFile, HeadlessSummary } from '../../src/features/headless.ts';
import { buildIfStale, serve } from './app.ts';
import type { AngleArguments } from './arguments.ts';
import { ProgressLine } from './progress-line.ts';

/** What is written, in this order; see `src/features/headless.ts`. */
const FILES: readonly { readonly kind: HeadlessFile; readonly name: string }[] = [
  { kind: 'record', name: 'record.json' },
  { kind: 'gram', name: 'gram.json' },
  { kind: 'angles', name: 'angles.csv' },
  { kind: 'figure', name: 'angles.svg' },
];

const BASE_FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-unsafe-webgpu'];

async function launch(): Promise<Browser> {
  const system = process.env.SEESAW_ADAPTER === 'system';
  const flags = system ? ['--enable-features=Vulkan', '--ignore-gpu-blocklist'] : ['--use-webgpu-adapter=swiftshader'];
  const executablePath = findChromium() ?? ensureChromium();
  // Interrupts are ours: the browser is closed, and what was written so far removed.
  return chromium.launch({ executablePath, args: [...BASE_FLAGS, ...flags], handleSIGINT: false, handleSIGTERM: false });
}

async function run(page: Page, args: AngleArguments): Promise<HeadlessSummary> {
  if (args.backbone !== null) await page.setInputFiles('#headless-backbone', args.backbone);
  if (args.trajectories !== null) await page.setInputFiles('#headless-trajectories', args.trajectories);
  const line = new ProgressLine();
  const poll = setInterval(() => {
    page.evaluate(() => window.seesawHeadless!.status()).then(
      (status) => line.show(status),
      // A page that is gone shows as the run's own failure.
      () => clearInterval(poll),
    );
  }, 500);
  try {
    return await page.evaluate((options) => window.seesawHeadless!.run(options), { parameterSet: args.params, seed: args.seed, maxGroups: args.groups });
  } finally {
    clearInterval(poll);
    line.end();
  }
}

async function saveFiles(page: Page, folder: string): Promise<void> {
  for (const { kind, name } of FILES) {
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 300_000 }), page.evaluate((wanted) => window.seesawHeadless!.file(wanted), kind)]);
    await download.saveAs(join(folder, name));
  }
}

/** The page's own sentence, without what the driver wraps it in. */
function sentence(error: unknown, complaints: readonly string[]): Error {
  const message = error instanceof Error ? error.message : String(error);
  const own = message.replace(/^page\.\w+: /, '').replace(/^(?:\w*Error: )+/, '').split(/\n(?: {4}at |Call log:|Browser logs:)/)[0].trim();
  return new Error(complaints.length > 0 ? `${own}\nThe page also said: ${complaints.slice(0, 3).join(' | ')}` : own);
}

/**
 * Runs the angle page and writes its files: first into a folder of its own beside them, and only when all are there
 * under their names, so that none is ever half written.
 */
export async function reproduceAngles(args: AngleArguments): Promise<void> {
  buildIfStale();
  const server = await serve();
  const complaints: string[] = [];
  let browser: Browser | null = null;
  let partial: string | null = null;
  let made = false;
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
    void browser?.close();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    made = mkdirSync(args.out, { recursive: true }) !== undefined;
    partial = mkdtempSync(join(args.out, '.partial-'));
    browser = await launch();
    const page = await browser.newPage({ acceptDownloads: true, viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('crash', () => complaints.push('the page crashed, most likely for want of memory'));
    await page.goto(new URL('?headless=1#/angles', server.address).href);
    await page.waitForFunction(() => window.seesawHeadless !== undefined);
    const summary = await run(page, args);
    await saveFiles(page, partial);
    for (const { name } of FILES) renameSync(join(partial, name), join(args.out, name));
    console.log(`${summary.finding}\n${summary.angles} angles of ${summary.trajectories} trajectories in ${summary.seconds.toFixed(1)} s on ${summary.device}.`);
    console.log(`Written to ${args.out}: ${FILES.map(({ name }) => name).join(', ')}`);
  } catch (error) {
    throw interrupted.signal.aborted ? new Error('The run was interrupted.') : sentence(error, complaints);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    if (partial !== null) rmSync(partial, { recursive: true, force: true });
    if (made && readdirSync(args.out).length === 0) rmdirSync(args.out);
    await browser?.close();
    await server.close();
  }
}
