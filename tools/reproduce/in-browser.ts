import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import type { HeadlessStatus } from '../../src/features/headless.ts';
import { ensureChromium, findChromium } from '../lib/browser.mjs';
import { buildIfStale, serve } from './app.ts';
import { ProgressLine } from './progress-line.ts';

const BASE_FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-unsafe-webgpu'];

/** A browser, with its storage in a folder if there is one. */
export async function launch(keep: string | null): Promise<{ readonly context: BrowserContext; close(): Promise<void> }> {
  const system = process.env.SEESAW_ADAPTER === 'system';
  const flags = system ? ['--enable-features=Vulkan', '--ignore-gpu-blocklist'] : ['--use-webgpu-adapter=swiftshader'];
  const executablePath = findChromium() ?? ensureChromium();
  // Interrupts are ours: the browser is closed, and what was written so far removed.
  const options = { executablePath, args: [...BASE_FLAGS, ...flags], handleSIGINT: false, handleSIGTERM: false };
  const page = { acceptDownloads: true, viewport: { width: 1280, height: 900 } };
  if (keep !== null) {
    const context = await chromium.launchPersistentContext(join(keep, 'profile'), { ...options, ...page });
    return { context, close: () => context.close() };
  }
  const browser = await chromium.launch(options);
  return { context: await browser.newContext(page), close: () => browser.close() };
}

/** Serves the page, at the address where it was before if storage is kept. */
async function serveFor(keep: string | null): Promise<Awaited<ReturnType<typeof serve>>> {
  if (keep === null) return serve();
  mkdirSync(keep, { recursive: true });
  const path = join(keep, 'address');
  if (existsSync(path)) return serve(Number(new URL(readFileSync(path, 'utf8')).port));
  const server = await serve();
  writeFileSync(path, server.address);
  return server;
}

/** The page's own sentence, without what the driver wraps it in. */
function sentence(error: unknown, complaints: readonly string[]): Error {
  const message = error instanceof Error ? error.message : String(error);
  const own = message.replace(/^page\.\w+: /, '').replace(/^(?:\w*Error: )+/, '').split(/\n(?: {4}at |Call log:|Browser logs:)/)[0].trim();
  return new Error(complaints.length > 0 ? `${own}\nThe page also said: ${complaints.slice(0, 3).join(' | ')}` : own);
}

/** Shows how far the page is while it works. @param status asks the page */
export async function withProgress<Result>(status: () => Promise<HeadlessStatus>, work: () => Promise<Result>): Promise<Result> {
  const line = new ProgressLine();
  const poll = setInterval(() => {
    status().then(
      (now) => line.show(now),
      // A page that is gone shows as the run's own failure.
      () => clearInterval(poll),
    );
  }, 500);
  try {
    return await work();
  } finally {
    clearInterval(poll);
    line.end();
  }
}

/** Saves what `ask` makes the page download. */
export async function saveDownload(page: Page, path: string, ask: () => Promise<void>): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 300_000 }), ask()]);
  await download.saveAs(path);
}

/** What was written, and what to say about it. */
export interface Outcome {
  readonly files: readonly string[];
  readonly report: string;
}

/**
 * Lets the built page work in a headless browser and write its files: first into a folder of its own beside them, and
 * only when all are there under their names, so that none is ever half written.
 * @param keep a folder for the browser's storage, so that a run which broke off can go on; null: nothing is kept
 */
export async function inBrowser(out: string, route: string, work: (page: Page, folder: string) => Promise<Outcome>, keep: string | null = null): Promise<void> {
  buildIfStale();
  const server = await serveFor(keep);
  const complaints: string[] = [];
  let browser: Awaited<ReturnType<typeof launch>> | null = null;
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
    made = mkdirSync(out, { recursive: true }) !== undefined;
    partial = mkdtempSync(join(out, '.partial-'));
    browser = await launch(keep);
    const page = await browser.context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('crash', () => complaints.push('the page crashed, most likely for want of memory'));
    await page.goto(new URL(`?headless=1#/${route}`, server.address).href);
    await page.waitForFunction(() => window.seesawHeadless !== undefined);
    const { files, report } = await work(page, partial);
    for (const name of files) {
      mkdirSync(dirname(join(out, name)), { recursive: true });
      renameSync(join(partial, name), join(out, name));
    }
    console.log(files.length === 0 ? report : `${report}\nWritten to ${out}: ${files.join(', ')}`);
  } catch (error) {
    throw interrupted.signal.aborted ? new Error('The run was interrupted.') : sentence(error, complaints);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    if (partial !== null) rmSync(partial, { recursive: true, force: true });
    if (made && readdirSync(out).length === 0) rmdirSync(out);
    await browser?.close();
    await server.close();
  }
}
