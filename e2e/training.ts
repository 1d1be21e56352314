import { readFile } from 'node:fs/promises';
import { expect, type Page } from '@playwright/test';

/** Opens the training page with the hooks that `npm run reproduce` uses. @param query small settings of one arm */
export async function openTraining(page: Page, query: string): Promise<void> {
  await page.goto(`?headless=1#/seesaw?${query}`);
  await expect(page.locator('button[aria-label^="Status"]')).not.toContainText('no device yet', { timeout: 60_000 });
}

export function pressRun(page: Page, name: RegExp): Promise<void> {
  return page.getByRole('group', { name: 'Run' }).getByRole('button', { name }).click();
}

export async function untilFinished(page: Page): Promise<void> {
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 170_000 });
}

export async function untilSteps(page: Page, steps: number): Promise<void> {
  await expect.poll(() => page.evaluate(() => window.seesawHeadless!.seesaw.progress()?.steps ?? 0), { timeout: 120_000, intervals: [50] }).toBeGreaterThanOrEqual(steps);
}

/** Every step of the run with all its digits, without the columns of times. */
export async function curve(page: Page): Promise<string[][]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.evaluate(() => window.seesawHeadless!.seesaw.file('steps'))]);
  const [header, ...rows] = (await readFile(await download.path(), 'utf8')).trim().split('\n').map((line) => line.split(','));
  const kept = Array.from(header.keys()).filter((column) => !header[column].startsWith('ms_'));
  expect(header.length - kept.length).toBe(4);
  return [header, ...rows].map((row) => kept.map((column) => row[column]));
}
