import { readFile } from 'node:fs/promises';
import { expect, test, type Download, type Page } from '@playwright/test';
import { z } from 'zod';

/** Bins of the full-range histogram: 0–180° by 2°. */
const WIDTH = 2;
const BINS = 90;

async function text(download: Download): Promise<string> {
  return readFile(await download.path(), 'utf8');
}

async function exportOfRun(page: Page, name: RegExp): Promise<string> {
  await page.getByRole('button', { name: 'Export', exact: true }).first().click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
  return text(download);
}

function csvRows(csv: string): string[][] {
  const [header, ...rows] = csv
    .trim()
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(','));
  return [header, ...rows];
}

/** Heights of the drawn steps, in pixels above the axis: the path is M x,y then V y H x for each bin, then V back. */
function heights(path: string): number[] {
  const base = Number(/^M[\d.]+,([\d.]+)/.exec(path)![1]);
  return [...path.matchAll(/V([\d.]+)H/g)].map(([, y]) => base - Number(y));
}

function counts(degrees: readonly number[]): number[] {
  const bins = new Array<number>(BINS).fill(0);
  for (const value of degrees) bins[Math.min(BINS - 1, Math.floor(value / WIDTH))] += 1;
  return bins;
}

test('there is a WebGPU adapter: the other tests would mean nothing without one', async ({ page }) => {
  await page.goto('');
  const adapter = await page.evaluate(async () => (await navigator.gpu.requestAdapter())?.info.architecture ?? null);
  expect(adapter).not.toBeNull();
});

test('from load to exported CSV: the file, the record and the drawn bars agree', async ({ page }) => {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.addInitScript(() => {
    const observed: number[] = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) observed.push(entry.duration);
    }).observe({ entryTypes: ['longtask'] });
    Object.assign(window, { observedLongTasks: observed });
  });
  await page.goto('#/angles?groups=2');
  await page.evaluate(() => {
    const tasks: unknown = Reflect.get(window, 'observedLongTasks');
    if (Array.isArray(tasks)) tasks.length = 0;
  });
  await page.getByRole('button', { name: /^Run/ }).first().click();
  await expect(page.getByText('From all 32 trajectories.')).toBeVisible({ timeout: 200_000 });

  const rows = csvRows(await exportOfRun(page, /^Angles(?! by)/));
  expect(rows[0]).toEqual(['pair', 'question_a', 'trajectory_a', 'question_b', 'trajectory_b', 'layer', 'target', 'degrees']);
  const body = rows.slice(1);
  expect(body.length).toBeGreaterThan(50);

  const record = z
    .object({ kind: z.literal('angles') })
    .loose()
    .parse(JSON.parse(await exportOfRun(page, /^Run record/)));
  const serialised = JSON.stringify(record);
  for (const id of new Set(body.map((row) => row[2]))) expect(serialised).toContain(id);

  for (const pair of ['RR', 'TT', 'RT'] as const) {
    const degrees = body.filter((row) => row[0] === pair && row[5] === 'all').map((row) => Number(row[7]));
    expect(degrees.length).toBeGreaterThan(0);
    const path = await page.locator(`[data-series="${pair}"]`).first().getAttribute('d');
    const drawn = heights(path!);
    expect(drawn).toHaveLength(BINS);
    const wanted = counts(degrees);
    const pixels = drawn.reduce((a, b) => a + b, 0) / degrees.length;
    drawn.forEach((height, bin) => expect(Math.abs(height - wanted[bin] * pixels), `${pair} bin ${bin}`).toBeLessThan(0.75));
  }
  const longest = await page.evaluate(() => {
    const tasks: unknown = Reflect.get(window, 'observedLongTasks');
    return Array.isArray(tasks) ? Math.max(0, ...tasks.map(Number)) : Number.NaN;
  });
  test.info().annotations.push({ type: 'longest main-thread task', description: `${longest.toFixed(0)} ms` });
  expect(longest, 'longest main-thread task, ms').toBeLessThan(100);
  expect(problems).toEqual([]);
});
