import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { COMMIT, HubServer } from '../src/backbone/hub/testing/hub-server.ts';
import { openPage, serious, watchConsole } from './page.ts';

/** The bundled backbone, as a hub would list it; and a graph that cannot be used. */
function bundled(): HubServer {
  const file = (path: string, lfs = false) => ({ path, bytes: Uint8Array.from(readFileSync(`public/models/seesaw-tiny/${path}`)), lfs });
  return new HubServer([
    ...['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'].map((path) => file(path)),
    file('onnx/model_q4.onnx', true),
    { path: 'onnx/model_bnb4.onnx', bytes: new Uint8Array(1000), lfs: true },
  ]);
}

const NAME = `org/tiny@${COMMIT} model_q4`;

async function openModels(page: Page, entry: RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Backbone:/ }).click();
  await page.getByRole('menuitem', { name: entry }).click();
  await expect(page.getByRole('dialog', { name: 'Backbones' })).toBeVisible();
}

async function lookUp(page: Page, host: string): Promise<void> {
  await page.getByLabel(/^Model \(owner/).fill('org/tiny');
  await page.getByText('Mirror and token').click();
  await page.getByLabel(/^Hub or mirror/).fill(host);
  await page.getByRole('button', { name: 'Look it up' }).click();
}

async function answerOne(page: Page): Promise<void> {
  await page.getByLabel('Question', { exact: true }).fill('What is the language of the country whose calling code is 1868?');
  await page.getByLabel('Question', { exact: true }).press('Enter');
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 150_000 });
}

test('a model by its id: preflight, download with pause, rollouts, without a network from the kept copy, deleted', async ({ page }) => {
  test.setTimeout(600_000);
  const complaints = watchConsole(page);
  const server = bundled();
  const host = await server.start();
  await openPage(page, 'rollouts?samples=1&parity=0');
  await openModels(page, /^From the hub/);
  await lookUp(page, host);
  const dialog = page.getByRole('dialog', { name: 'Backbones' });
  await expect(dialog.getByText(COMMIT)).toBeVisible();
  await expect(dialog.getByRole('region', { name: 'Variants' }).getByRole('radio')).toHaveCount(2);
  await expect(dialog.getByText('Cannot be used: quantised with bitsandbytes')).toBeVisible();
  await expect(dialog.getByRole('region', { name: 'On the GPU' })).toContainText('Together', { timeout: 60_000 });
  const { violations } = await new AxeBuilder({ page }).include('[role=dialog]').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);

  server.behaviour.slow = 4;
  await dialog.getByRole('button', { name: /^Download/ }).click();
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  await dialog.getByRole('button', { name: 'Pause' }).click();
  server.behaviour.slow = 0;
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await expect(dialog.getByText('It is kept in this browser')).toBeVisible({ timeout: 60_000 });
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('button', { name: `Backbone: ${NAME}, not loaded yet` })).toBeVisible();
  await answerOne(page);
  await server.stop();

  await page.reload();
  await openPage(page, 'rollouts?samples=1&parity=0');
  await openModels(page, /^Kept models/);
  await dialog.getByRole('button', { name: `Use ${NAME}` }).click();
  await page.keyboard.press('Escape');
  await answerOne(page);

  await openModels(page, /^Kept models/);
  await dialog.getByRole('button', { name: `Delete ${NAME}` }).click();
  await expect(dialog.getByText('No model is kept in this browser yet.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Backbone: seesaw-tiny/ })).toBeVisible();
  expect(serious(complaints)).toEqual([]);
});

test('what goes wrong is told beside the form, with a way out', async ({ page }) => {
  await openPage(page, 'rollouts');
  const server = bundled();
  const host = await server.start();
  server.behaviour.token = 'secret';
  await openModels(page, /^From the hub/);
  await lookUp(page, host);
  const dialog = page.getByRole('dialog', { name: 'Backbones' });
  await expect(dialog.getByRole('alert')).toContainText('without a token');
  await dialog.getByLabel(/^Token, for gated/).fill('secret');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await expect(dialog.getByText(COMMIT)).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem('seesaw.hub-token'))).toBeNull();
  await dialog.getByLabel(/^Store the token/).click();
  expect(await page.evaluate(() => localStorage.getItem('seesaw.hub-token'))).toBe('secret');
  await server.stop();
});
