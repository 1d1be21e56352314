import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { z } from 'zod';
import { SHAPES } from '../src/backbone/testing/random-model/shapes.ts';
import { writeRandomModel } from '../src/backbone/testing/random-model/write-random-model.ts';
import { openPage, serious, THEMES, watchConsole } from './page.ts';

const RECORD = z.object({
  format: z.literal('seesaw.model-check'),
  status: z.literal('finished'),
  config: z.object({ tokens: z.number() }),
  backbone: z.object({ name: z.string(), sha256: z.string(), layers: z.number() }),
  device: z.object({ software: z.boolean() }),
  verdicts: z.array(z.object({ kind: z.string(), outcome: z.string() })),
  predicted: z.object({ peak: z.number() }),
  phases: z.array(z.object({ phase: z.string(), milliseconds: z.number(), peakBytes: z.number() })),
  parity: z.object({ maxDifference: z.number(), tolerance: z.number() }),
  differences: z.array(z.object({ error: z.number(), passed: z.boolean() })).length(3),
});

function section(page: Page): Locator {
  return page.getByRole('region', { name: 'Check the chosen backbone' });
}

async function finished(page: Page): Promise<z.infer<typeof RECORD>> {
  await expect(section(page).getByRole('button', { name: 'Export as JSON' })).toBeVisible({ timeout: 240_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), section(page).getByRole('button', { name: 'Export as JSON' }).click()]);
  return RECORD.parse(JSON.parse(readFileSync(await download.path(), 'utf8')));
}

function expectAllPassed({ verdicts, phases, predicted, parity }: z.infer<typeof RECORD>): void {
  expect(verdicts.map(({ kind, outcome }) => `${kind} ${outcome}`).sort()).toEqual(['backward passed', 'differences passed', 'memory passed', 'onnxruntime passed']);
  expect(phases.map(({ phase }) => phase)).toEqual(['load', 'predict', 'prepare', 'forward', 'backward', 'differences', 'onnxruntime']);
  const peak = Math.max(...phases.filter(({ phase }) => phase !== 'predict').map(({ peakBytes }) => peakBytes));
  expect(Math.abs(peak / predicted.peak - 1)).toBeLessThan(0.15);
  expect(parity.maxDifference).toBeLessThan(1e-4);
}

for (const theme of THEMES) {
  test(`the bundled backbone is checked by keyboard in the ${theme} theme`, async ({ page }) => {
    const complaints = watchConsole(page);
    await page.emulateMedia({ colorScheme: theme });
    await openPage(page, 'device');
    await expect(section(page)).toContainText('seesaw-tiny has not been checked on this device');
    await section(page).getByRole('button', { name: 'Check it' }).focus();
    await page.keyboard.press('Enter');
    await expect(section(page).getByRole('progressbar')).toBeVisible();
    await expect(page.locator('button[aria-label^="Status: Checking"]')).toBeVisible();
    expectAllPassed(await finished(page));
    await expect(section(page)).toContainText(/seesaw-tiny agrees with onnxruntime to [\d.·⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+10⁻\S+ nats; gradients agree with finite differences; .* predicted/);
    await expect(section(page).getByRole('region', { name: 'What each phase took' }).getByRole('row')).toHaveCount(8);
    await expect(section(page).getByRole('region', { name: 'Gradients and central differences' }).getByRole('row')).toHaveCount(4);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
    expect(serious(complaints)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate(() => {
      const main = document.querySelector('main');
      return Math.max(document.documentElement.scrollWidth - window.innerWidth, main ? main.scrollWidth - main.clientWidth : 0);
    });
    expect(overflow).toBeLessThanOrEqual(0);
  });
}

test('a check is paused, goes on, is cancelled, and keeps what it found', async ({ page }) => {
  await openPage(page, 'device');
  await section(page).getByLabel('Length').selectOption('128');
  await section(page).getByRole('button', { name: 'Check it' }).click();
  await section(page).getByRole('button', { name: 'Pause' }).click();
  await expect(section(page).getByText(/^Paused: /).first()).toBeVisible({ timeout: 60_000 });
  await section(page).getByRole('button', { name: 'Go on' }).click();
  await expect(section(page).getByRole('region', { name: 'What each phase took' })).toContainText('Upload and compile', { timeout: 60_000 });
  await section(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(section(page).getByText(/The check was cancelled\./).first()).toBeVisible({ timeout: 60_000 });
  await expect(section(page).getByRole('region', { name: 'What each phase took' })).toContainText('Upload and compile');
});

/**
 * Two layers of Qwen2.5-0.5B in its own sizes with 2,048 of its tokens, in chunks of at most 4 MiB. The tokenizer is the
 * bundled one: a cut vocabulary has none of its own, and the check reads none.
 */
function twoLayers(): { readonly folder: string; readonly files: number } {
  const folder = mkdtempSync(join(tmpdir(), 'two-layers-'));
  const { files } = writeRandomModel(folder, { shape: { ...SHAPES['qwen2.5-0.5b'], layers: 2, vocabSize: 2048 }, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: 4 * 2 ** 20, seed: 1 });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(`public/models/seesaw-tiny/${name}`, join(folder, name));
  return { folder, files: files.filter(({ path }) => path.includes('.onnx_data')).length };
}

async function checkOpened(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('button', { name: new RegExp(`^Backbone: ${name}`) })).toBeVisible();
  await page.goto('#/device');
  await section(page).getByRole('button', { name: 'Check it' }).click();
  const record = await finished(page);
  expectAllPassed(record);
  expect(record.backbone).toMatchObject({ name, layers: 2 });
}

test.describe('a folder with external data in chunks', () => {
  test.setTimeout(400_000);
  let model: ReturnType<typeof twoLayers>;
  let name: string;

  test.beforeAll(() => {
    model = twoLayers();
    name = model.folder.split('/').at(-1) ?? '';
    expect(model.files).toBeGreaterThan(3);
  });

  test.afterAll(() => {
    rmSync(model.folder, { recursive: true });
  });

  test('is checked when it is given by the file chooser', async ({ page }) => {
    await openPage(page, 'device');
    await page.getByRole('button', { name: /^Backbone:/ }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('menuitem', { name: /^Open a folder/ }).click()]);
    await chooser.setFiles(model.folder);
    await checkOpened(page, name);
  });

  test('is checked when it is dropped on the page', async ({ page }) => {
    await openPage(page, 'device');
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [model.folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    await checkOpened(page, name);
  });
});
