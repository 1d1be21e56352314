import { expect, test } from '@playwright/test';
import { curve, openTraining, pressRun, untilFinished, untilSteps } from './training.ts';

const SMALL = 'arms=dart&questions=2&samples=4&evalmax=2&evalsamples=1';
/** Bytes that the test leaves free: less than a checkpoint and what the page keeps free beside it need. */
const LITTLE = 1_000_000;

test('a graphics process that crashes in the middle of training is told, and the run ends with the very same curve', async ({ playwright, launchOptions, baseURL }) => {
  // A browser of its own: one that has seen crashes treats its graphics device differently.
  const browser = await playwright.chromium.launch(launchOptions);
  const page = await browser.newPage({ baseURL: baseURL! });
  await openTraining(page, `${SMALL}&steps=5&evalevery=5&keep=0`);
  await pressRun(page, /^Train/);
  await untilSteps(page, 2);
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  await expect(page.getByText('The device was lost once; training went on by itself.')).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(/^DART, seed 1: from step [2-4]\. The graphics device was lost/)).toBeVisible();
  await untilFinished(page);
  const broken = await curve(page);
  expect(broken).toHaveLength(6);

  await pressRun(page, /^Reset/);
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeHidden();
  await untilFinished(page);
  await expect(page.getByText(/The device was lost/)).toBeHidden();
  expect(await curve(page)).toEqual(broken);
  await browser.close();
});

test('a page that is closed in the middle of training goes on from its checkpoint to the very same curve; one that does not fit is told and overwrites nothing', async ({ page }) => {
  await openTraining(page, `${SMALL}&steps=4&evalevery=4&keep=1`);
  await pressRun(page, /^Train/);
  await untilSteps(page, 2);
  await page.reload();
  const kept = page.getByRole('region', { name: 'Checkpoints in this browser' });
  await kept.getByRole('button', { name: /^Train DART, seed 1, on from step [12]$/ }).click();
  await untilFinished(page);
  const resumed = await curve(page);
  expect(resumed).toHaveLength(5);
  await expect(kept.getByText('4 of 4')).toBeVisible();

  const session = await page.context().newCDPSession(page);
  const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: usage + LITTLE });
  await pressRun(page, /^Reset/);
  // Chromium estimates 10 GiB whatever it allows, so that here the write itself is refused.
  await expect(page.getByText(/^The checkpoint needs \d+\.\d MB, (more than the browser allows this page|and the browser allows this page only 0\.0 MB more)\.$/)).toBeVisible({ timeout: 120_000 });
  await untilFinished(page);
  expect(await curve(page)).toEqual(resumed);
  // The one that was whole stands.
  await page.reload();
  await expect(kept.getByText('4 of 4')).toBeVisible();
});
