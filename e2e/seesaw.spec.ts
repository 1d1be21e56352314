import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { openPage, serious, THEMES, watchConsole } from './page.ts';

/** Small enough for a software adapter: 2 steps of 2 questions × 4 samples, 4 held-out questions once each. */
function small(arms: string, steps = 2): string {
  return `seesaw?arms=${arms}&questions=2&samples=4&steps=${steps}&evalmax=4&evalsamples=1&evalevery=${steps}&keep=1`;
}

async function finished(page: Page): Promise<void> {
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 170_000 });
}

async function train(page: Page): Promise<void> {
  await page.getByRole('group', { name: 'Run' }).getByRole('button', { name: 'Train' }).click();
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

test('two arms from choice to table: sentence, beams, curves, exports', async ({ page }) => {
  const complaints = watchConsole(page);
  await openPage(page, small('joint~dart'));
  await page.getByRole('checkbox', { name: 'DART strict' }).click();
  await page.getByRole('checkbox', { name: 'DART', exact: true }).first().click();
  await expect(page).toHaveURL(/arms=joint(~|%7E)dart-strict/);
  await train(page);
  await finished(page);

  await expect(page.getByText(/^After 2 steps Joint answers \d+\s%/).first()).toBeVisible();
  await expect(page.locator('[data-beam]')).toHaveCount(2);
  const rows = page.getByRole('region', { name: /Start → end/ }).locator('tbody tr');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('2 of 2');
  await expect(rows.last()).toContainText('mask 10 / 01');

  const figure = page.getByRole('figure', { name: /^Exact match/ });
  await figure.getByRole('button', { name: /^Export/ }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /^CSV/ }).click()]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/).filter((line) => !line.startsWith('#'));
  expect(lines[0]).toBe('arm,line,step,value (share),standard error');
  // Both arms, before the first step and after the last.
  expect(lines).toHaveLength(5);

  await figure.getByRole('slider').focus();
  await page.keyboard.press('Home');
  await expect(figure.getByRole('slider')).toHaveAttribute('aria-valuetext', /^after 0 steps: Joint/);
  // The beams follow the step of the curves.
  await expect(page.getByRole('img', { name: /^Joint, after 0 steps/ })).toBeVisible();

  const [record] = await Promise.all([page.waitForEvent('download'), page.getByRole('banner').getByRole('button', { name: 'Export' }).click()]);
  expect(JSON.parse(await readFile(await record.path(), 'utf8'))).toHaveProperty('kind', 'seesaw');
  expect(serious(complaints)).toEqual([]);
});

test('a run pauses, takes one step, goes on and is cancelled with what it has', async ({ page }) => {
  await openPage(page, small('dart', 60));
  await train(page);
  const runs = page.getByRole('region', { name: 'Runs', exact: true });
  await expect(runs.getByText(/^[1-9]\d* of 60$/)).toBeVisible({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.locator('button[aria-label^="Status: Paused"]')).toBeVisible({ timeout: 60_000 });
  const taken = async () => Number((await runs.getByText(/^\d+ of 60$/).innerText()).split(' ')[0]);
  await page.getByRole('button', { name: 'Step once' }).click();
  await expect(page.locator('button[aria-label^="Status: Paused"]')).toBeVisible({ timeout: 60_000 });
  const before = await taken();
  await page.getByRole('button', { name: 'Step once' }).click();
  await expect(runs.getByText(`${before + 1} of 60`, { exact: true })).toBeVisible({ timeout: 60_000 });
  await runs.getByRole('radio', { name: 'Tool only' }).click();
  await expect(runs.getByRole('radio', { name: 'Tool only' })).toBeChecked();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(runs.getByText(`${before + 2} of 60`, { exact: true })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Training was cancelled.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: /Start → end/ })).toContainText('stopped');
});

for (const theme of THEMES) {
  test(`a finished run in the ${theme} theme has no accessibility violation and fits a phone`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await openPage(page, small('base~dart', 1));
    expect(await violations(page)).toEqual([]);
    await train(page);
    await finished(page);
    await page.getByText('Set up', { exact: true }).click();
    await page.getByText('Advanced settings').click();
    await page.getByText('Make an arm by hand').click();
    await page.getByText('How this is computed').click();
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    // The charts take their new width a frame later.
    const overflow = () => page.evaluate(() => (document.querySelector('main')?.scrollWidth ?? NaN) - (document.querySelector('main')?.clientWidth ?? NaN));
    await expect.poll(overflow).toBeLessThanOrEqual(0);
  });
}

test('an arm made by hand says what is wrong with it, and is chosen once it stands', async ({ page }) => {
  await openPage(page, small('joint~dart'));
  await page.getByText('Make an arm by hand').click();
  await page.getByLabel('Name', { exact: true }).fill('');
  await expect(page.getByRole('alert')).toContainText('An arm needs a name.');
  await page.getByLabel('Name', { exact: true }).fill('Tool leaks');
  await page.getByRole('checkbox', { name: 'The loss of reasoning may update adapter 2' }).click();
  await page.getByRole('button', { name: 'Add this arm' }).click();
  await expect(page.getByRole('checkbox', { name: 'Tool leaks' }).first()).toBeChecked();
  await expect(page.getByText('Made by hand: 2 adapters of rank 8, mask 10 / 01.').first()).toBeVisible();
  await expect(page.locator('[data-beam]')).toHaveCount(3);
});
