import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { LETTER_TOKENIZER } from '../src/backbone/testing/letter-tokenizer.ts';
import { letterLines } from '../src/backbone/testing/letter-trajectories.ts';
import { openPage, serious, THEMES, watchConsole } from './page.ts';

let root = '';

/** A golden network with a tokenizer of letters, which cuts every tag, and demonstrations written in it. */
test.beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tag-tokens-'));
  const folder = join(root, 'letters');
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  copyFileSync('fixtures/golden/qwen2-f32/config.json', join(folder, 'config.json'));
  copyFileSync('fixtures/golden/qwen2-f32/onnx/model.onnx', join(folder, 'onnx/model.onnx'));
  writeFileSync(join(folder, 'tokenizer.json'), LETTER_TOKENIZER);
  writeFileSync(join(root, 'demonstrations.jsonl'), letterLines().join('\n'));
});

test.afterAll(() => rmSync(root, { recursive: true }));

async function openBackbone(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Backbone:/ }).click();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('menuitem', { name: /^Open a folder/ }).click()]);
  await chooser.setFiles(join(root, 'letters'));
  await expect(page.getByRole('button', { name: /^Backbone: letters/ })).toBeVisible();
}

async function drop(page: Page, path: string, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ bytes, file }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], file));
      return data;
    },
    { bytes: [...readFileSync(path)], file: name },
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

async function openTags(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Backbone:/ }).click();
  await page.getByRole('menuitem', { name: /^Kept models/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Backbones' });
  await dialog.getByText('Tags as single tokens').click();
  return dialog;
}

test('the bundled backbone has its tags as tokens: nothing is offered', async ({ page }) => {
  await openPage(page, 'angles');
  await page.getByRole('button', { name: /^Backbone:/ }).click();
  await page.getByRole('menuitem', { name: /^Kept models/ }).click();
  await expect(page.getByRole('dialog', { name: 'Backbones' })).toBeVisible();
  await expect(page.getByText('Tags as single tokens')).toHaveCount(0);
});

for (const theme of THEMES) {
  test(`tags become tokens, are warmed up, used in a run, saved and opened again, ${theme}`, async ({ page }) => {
    const complaints = watchConsole(page);
    await page.emulateMedia({ colorScheme: theme });
    await openPage(page, 'angles');
    await drop(page, join(root, 'demonstrations.jsonl'), 'demonstrations.jsonl');
    await expect(page.getByText('12 trajectories read')).toBeVisible();
    await openBackbone(page);

    const dialog = await openTags(page);
    await expect(dialog.getByText(/The tokenizer cuts <think> into 7 tokens, <\/think> into 8, <search> into 8/)).toBeVisible({ timeout: 60_000 });
    await expect(dialog.getByRole('radio', { name: 'Cut' })).toBeChecked();
    await expect(dialog.getByRole('radio', { name: 'Trained' })).toBeDisabled();
    await dialog.getByRole('radio', { name: 'Word means' }).click();

    await dialog.getByLabel('Warm-up', { exact: true }).selectOption('100');
    await dialog.getByLabel('Learning rate').selectOption('0.01');
    await dialog.getByRole('button', { name: 'Warm up' }).click();
    await expect(dialog.getByRole('progressbar')).toBeVisible();
    await expect(dialog.getByText(/nats a tag in the last step/)).toBeVisible({ timeout: 120_000 });
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await expect(dialog.getByText('Paused', { exact: true })).toBeVisible();
    await dialog.getByRole('button', { name: 'Go on' }).click();
    const table = dialog.getByRole('region', { name: /^After 100 steps the loss of a tag falls from/ });
    await expect(table).toBeVisible({ timeout: 120_000 });
    await expect(table.getByRole('row')).toHaveCount(5);
    await expect(dialog.getByRole('radio', { name: 'Trained' })).toBeChecked();
    const { violations } = await new AxeBuilder({ page }).include('[role=dialog]').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);

    // On a phone nothing of the section is cut off.
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await dialog.evaluate((element) => [...element.querySelectorAll('details *')].filter((child) => child.closest('[role="region"]') === null && child.getBoundingClientRect().right > element.getBoundingClientRect().right).length);
    expect(overflow).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    const [saved] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Save the rows' }).click()]);
    const rows = await saved.path();
    await dialog.getByRole('radio', { name: 'Cut' }).click();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: /^Backbone: letters, / })).toBeVisible();

    await drop(page, rows, 'tag_tokens.safetensors');
    await expect(page.getByText(/<search> <\/search> .*are single tokens of letters from the next run on/)).toBeVisible();
    await expect(page.getByRole('button', { name: /^Backbone: letters \+ 8 tag tokens \(trained 100 steps, [0-9a-f]{7}\)/ })).toBeVisible();

    // The run and what it leaves name them.
    await page.getByRole('button', { name: /^Run/ }).first().click();
    await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 150_000 });
    await expect(page.getByText(/letters \+ 8 tag tokens \(trained 100 steps/).first()).toBeVisible();
    expect(serious(complaints)).toEqual([]);
  });
}
