import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { SHAPES } from '../src/backbone/testing/random-model/shapes.ts';
import { writeRandomModel } from '../src/backbone/testing/random-model/write-random-model.ts';
import { openPage, serious, watchConsole } from './page.ts';

/** Qwen2.5's whole vocabulary, tokenizer and template over two narrow layers: 50 MB, whose embedding is nearly all. */
const NARROW = { ...SHAPES['qwen2.5-0.5b'], layers: 2, hiddenSize: 64, heads: 2, kvHeads: 1, headDim: 32, intermediateSize: 128 };

let folder = '';

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'narrow-qwen-'));
  writeRandomModel(folder, { shape: NARROW, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: null, seed: 1 });
});

test.afterAll(() => rmSync(folder, { recursive: true }));

/** To another page without a reload, after which a folder would have to be chosen again. */
async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, `#/${route}`);
}

async function finished(page: Page): Promise<void> {
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 150_000 });
}

function press(page: Page, name: RegExp): Promise<void> {
  return page.getByRole('group', { name: 'Run' }).getByRole('button', { name }).click();
}

test('a Qwen with its own tokenizer writes, is measured and is trained', async ({ page }) => {
  test.setTimeout(400_000);
  const complaints = watchConsole(page);
  const name = folder.split('/').at(-1) ?? '';
  await openPage(page, 'rollouts?samples=2&parity=1');
  await page.getByRole('button', { name: /^Backbone:/ }).click();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('menuitem', { name: /^Open a folder/ }).click()]);
  await chooser.setFiles(folder);

  // Where the folder is chosen, it stays, and what becomes of it is told there.
  await expect(page.getByText(`${name} is the backbone of the next run`)).toBeVisible();
  await expect(page).toHaveURL(/#\/rollouts/);

  // Another dialect brings its own limits, but for those that were changed.
  await page.getByText('Settings', { exact: true }).click();
  await page.getByLabel('Searches', { exact: true }).fill('2');
  await page.getByLabel('Dialect', { exact: true }).selectOption('qwen');
  await expect(page.getByLabel('A turn')).toHaveValue('500');
  await expect(page.getByLabel('Searches', { exact: true })).toHaveValue('2');
  await page.getByLabel('A turn').fill('12');
  await page.getByLabel('Question', { exact: true }).fill('What is the capital of France?');
  await page.getByLabel('Question', { exact: true }).press('Enter');
  await finished(page);
  await expect(page.getByText('is the backbone of the next run')).toHaveCount(0);
  await expect(page.getByText(/^Within the aim of 10⁻³ nats/)).toBeVisible();
  await page.getByText('Prompt', { exact: true }).first().click();
  await expect(page.getByText(/You may call one or more functions/).first()).toBeVisible();

  // The bundled rollouts hold the ids of another tokenizer: their texts are read instead, and have their tool spans.
  await goTo(page, 'angles?groups=1&params=lora');
  await press(page, /^Run/);
  await expect(page.getByText(/^The token ids of 192 trajectories are another tokenizer’s/)).toBeVisible({ timeout: 60_000 });
  await finished(page);
  await expect(page.getByText(/^R–T median [\d.]+°/).first()).toBeVisible();

  await goTo(page, 'seesaw?arms=dart&questions=1&samples=2&steps=1&evalmax=1&evalsamples=1&evalevery=1&keep=0');
  await press(page, /^Train/);
  await finished(page);
  await expect(page.getByText('This tokenizer is Qwen’s', { exact: false })).toBeVisible();
  await expect(page.getByRole('region', { name: /Start → end/ }).locator('tbody tr').first()).toContainText('1 of 1');
  expect(serious(complaints)).toEqual([]);
});
