import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { z } from 'zod';
import { openPage, serious, THEMES, watchConsole } from './page.ts';

const QUESTION = 'What is the language of the country whose calling code is 1868?';

const LINE = z.object({ question: z.string(), golden_answers: z.array(z.string()), tokens: z.array(z.number()), response: z.string() }).loose();

/** One rollout a question and no comparison with the engine, which is slow on a software adapter. */
const QUICK = 'rollouts?samples=1&parity=0';

async function ask(page: Page, question: string, golden = ''): Promise<void> {
  await page.getByLabel('Question', { exact: true }).fill(question);
  await page.getByLabel(/^Golden answers/).fill(golden);
  await page.getByLabel('Question', { exact: true }).press('Enter');
}

async function finished(page: Page): Promise<void> {
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 120_000 });
}

for (const theme of THEMES) {
  test(`an answer, token by token, in the ${theme} theme: figures, documents, no accessibility violation`, async ({ page }) => {
    const complaints = watchConsole(page);
    await page.emulateMedia({ colorScheme: theme });
    await openPage(page, QUICK);
    await ask(page, QUESTION, 'English');
    await finished(page);
    await expect(page.getByText(/“.+” is (right|wrong)|No answer/).first()).toBeVisible();
    const rollout = page.getByRole('article', { name: /^Rollout/ });
    await expect(rollout.getByRole('option').first()).toBeVisible();
    await expect(rollout.getByText('Re-encoded')).toBeVisible();
    await expect(page.getByRole('region', { name: 'Documents found' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'This run' })).toContainText('tokens/s');

    await rollout.getByRole('option').nth(1).hover();
    const detail = page.locator('[data-token-detail]');
    await expect(detail).toContainText(/log π −?[\d.]+ nats/);
    await expect(detail.getByRole('row')).toHaveCount(6);
    await page.mouse.move(0, 0);

    await rollout.getByText(/^As text/).click();
    await expect(rollout.locator('ol').last()).toContainText('reasoning');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
    expect(serious(complaints)).toEqual([]);
  });
}

test('the same seed gives the same tokens, and another seed is another run', async ({ page }) => {
  await openPage(page, QUICK);
  await ask(page, QUESTION, 'English');
  await finished(page);
  const text = () => page.getByRole('listbox').allInnerTexts();
  const first = await text();
  await page.getByRole('button', { name: /^Reset/ }).click();
  await finished(page);
  expect(await text()).toEqual(first);
  await page.getByRole('button', { name: 'New seed' }).click();
  await expect(page.getByLabel('Seed', { exact: true })).not.toHaveValue('1');
  await finished(page);
});

test('a run begins paused and goes on token by token, by button and by key', async ({ page }) => {
  await openPage(page, QUICK);
  await page.getByLabel('Question', { exact: true }).fill(QUESTION);
  const step = page.getByRole('button', { name: 'Step' });
  await step.click();
  const resume = page.getByRole('button', { name: 'Resume' });
  await expect(resume).toBeVisible({ timeout: 60_000 });
  const written = page.getByRole('listbox').getByRole('option');
  await expect(written).toHaveCount(0);
  await step.click();
  await expect(written).toHaveCount(1);
  await page.locator('main').focus();
  await page.keyboard.press('.');
  await expect(written).toHaveCount(2);
  await page.keyboard.press('.');
  await expect(written).toHaveCount(3);
  await resume.click();
  await finished(page);
});

test('two writers from one seed: untrained adapters change nothing', async ({ page }) => {
  await openPage(page, QUICK);
  await page.getByText('Settings', { exact: true }).click();
  await page.getByRole('button', { name: 'Compare with a second writer' }).click();
  await expect(page.getByRole('group', { name: 'Second writer' })).toBeVisible();
  await ask(page, QUESTION, 'English');
  await finished(page);
  await expect(page.getByRole('article', { name: /^Rollout/ })).toHaveCount(2);
  await expect(page.getByText(/^The two are the same, token by token/)).toBeVisible();
});

test('a batch: figures with errors, a table that sorts, filters and opens rollouts, an export that reads', async ({ page }) => {
  await openPage(page, 'rollouts?parity=0');
  await page.getByRole('radio', { name: 'A question set' }).click();
  await page.getByLabel(/^How many/).fill('4');
  await page.getByLabel('Samples of each').fill('3');
  await page.getByRole('button', { name: 'Run 12 rollouts' }).click();
  await finished(page);
  await expect(page.getByText(/% ± [\d.]+ of 12 answers are right/).first()).toBeVisible();

  const table = page.getByRole('region', { name: 'Table of results' });
  const rows = table.locator('tbody tr');
  await expect(rows).toHaveCount(12);
  const tokens = async () => (await rows.locator('td:nth-child(8)').allInnerTexts()).map(Number);
  await table.getByRole('button', { name: 'Tokens' }).click();
  const descending = await tokens();
  expect(descending).toEqual([...descending].sort((a, b) => b - a));
  await expect(table.getByRole('columnheader', { name: 'Tokens' })).toHaveAttribute('aria-sort', 'descending');
  await table.getByRole('button', { name: 'Tokens' }).click();
  expect(await tokens()).toEqual([...descending].reverse());

  await rows.nth(2).getByRole('button').click();
  await expect(rows.nth(2).getByRole('button')).toHaveAttribute('aria-current', 'true');
  const question = await rows.nth(2).getByRole('button').innerText();
  await expect(page.getByRole('article').getByRole('heading', { name: question })).toBeVisible();

  await page.getByRole('radio', { name: 'Right', exact: true }).click();
  const right = await rows.count();
  await page.getByRole('radio', { name: 'Wrong', exact: true }).click();
  expect(right + (await rows.count())).toBe(12);
  await page.getByRole('radio', { name: 'All', exact: true }).click();

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('region', { name: 'Finished rollouts' }).getByRole('button', { name: 'Export JSON Lines' }).click()]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(12);
  for (const line of lines) expect(LINE.parse(JSON.parse(line)).tokens.length).toBeGreaterThan(0);
});

test('finished rollouts go to the angle page', async ({ page }) => {
  await openPage(page, 'rollouts?parity=0');
  await page.getByRole('radio', { name: 'A question set' }).click();
  await page.getByLabel(/^How many/).fill('4');
  await page.getByRole('button', { name: /^Run 16/ }).click();
  await finished(page);
  await page.getByRole('button', { name: 'Send to the angle page' }).click();
  await expect(page).toHaveURL(/#\/angles/);
  await expect(page.getByRole('button', { name: /^Data: rollouts/ })).toBeVisible();
});

test('a question is picked from the set by words', async ({ page }) => {
  await openPage(page, QUICK);
  await page.getByRole('button', { name: 'Pick one' }).click();
  const dialog = page.getByRole('dialog', { name: 'Questions of World A, held out' });
  await dialog.getByRole('searchbox').fill('capital antigua');
  await dialog.getByRole('button', { name: /^What is the capital of Antigua and Barbuda/ }).click();
  await expect(page.getByLabel('Question', { exact: true })).toHaveValue('What is the capital of Antigua and Barbuda?');
  await expect(page.getByLabel(/^Golden answers/)).toHaveValue("Saint John's");
});

test('a search server that does not answer ends in one sentence and its way out', async ({ page }) => {
  await openPage(page, QUICK);
  await page.getByText('Settings', { exact: true }).click();
  await page.getByLabel('Corpus').selectOption({ label: 'A search server' });
  await page.getByLabel(/^Address/).fill('http://127.0.0.1:9/retrieve');
  await page.getByLabel('Retries').fill('0');
  await page.getByLabel(/^Samples/).fill('8');
  await ask(page, QUESTION, 'English');
  await finished(page);
  await expect(page.getByRole('alert').filter({ hasText: /^The search failed in/ })).toBeVisible();
  await page.getByRole('button', { name: 'Choose another corpus' }).first().click();
  await expect(page.getByLabel('Corpus')).toBeInViewport();
});

for (const width of [390, 1440, 2560]) {
  test(`nothing scrolls sideways at ${width} px with an answer on the page`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await openPage(page, QUICK);
    await page.getByText('Settings', { exact: true }).click();
    await ask(page, QUESTION, 'English');
    await finished(page);
    for (const fold of await page.getByText(/^(Prompt|Observation \d)$/).all()) await fold.click();
    const overflow = await page.evaluate(() => {
      const main = document.querySelector('main');
      return Math.max(document.documentElement.scrollWidth - window.innerWidth, main ? main.scrollWidth - main.clientWidth : 0);
    });
    expect(overflow).toBeLessThanOrEqual(0);
  });
}

test('the keyboard reaches the tokens and reads their numbers', async ({ page }) => {
  await openPage(page, QUICK);
  await ask(page, QUESTION, 'English');
  await finished(page);
  const turn = page.getByRole('listbox').first();
  await turn.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(turn.getByRole('option').nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('[data-token-detail]')).toContainText('probability');
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-token-detail]')).toBeHidden();
});
