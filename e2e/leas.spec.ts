import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { openPage, serious, THEMES, watchConsole } from './page.ts';

const MODELS = ['base', 'm_reas', 'm_tool', 'm_uni', 'h_tool', 'h_reas', 'h_both'] as const;

/** The same counts every time: right answers go up and down with the question, by another step for every model. */
function counts(questions: number, extra: readonly string[] = []): string {
  const rows = Array.from({ length: questions }, (_, index) => MODELS.map((model, place) => `q${index},${model},${(index * (place + 2) + 3 * place) % 17},16,${1 + (index % 3)}`)).flat();
  return ['question,model,k,n,hops', ...rows, ...extra].join('\n');
}

/** Drops a file on the page, as a person does. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(([file, content]) => {
    const data = new DataTransfer();
    data.items.add(new File([content], file));
    return data;
  }, [name, text] as const);
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

async function analysed(page: Page): Promise<void> {
  await expect(page.getByText(/tool × reasoning is negative in/i).first()).toBeVisible({ timeout: 120_000 });
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

const overflow = (page: Page) => page.evaluate(() => (document.querySelector('main')?.scrollWidth ?? NaN) - (document.querySelector('main')?.clientWidth ?? NaN));

test('a file of counts: bad rows by line, the rest kept, foreign names told, questions by the histogram', async ({ page }) => {
  const complaints = watchConsole(page);
  await openPage(page, 'angles');
  await drop(page, 'own.csv', counts(40, ['q1,base,17,16,1', 'q1,m_uni,x,16,1', 'new,Mine,3,16,1', 'new,base,1,16,1', 'new,m_tool,1,16,1', 'new,m_reas,1,16,1']));
  await expect(page).toHaveURL(/#\/leas/);
  await analysed(page);
  await expect(page.getByText('own.csv: 283 rows counted, 3 left out')).toBeVisible();
  const left = page.getByRole('region', { name: /^3 rows left out/ });
  await expect(left.getByRole('row', { name: /^282 k is 17, more than n, 16/ })).toBeVisible();
  await expect(left.getByRole('row', { name: /^283 k is “x”/ })).toBeVisible();

  await page.getByRole('combobox', { name: /^“Mine”/ }).selectOption({ label: 'M_Uni: trained with all tokens in the loss' });
  await page.getByRole('button', { name: 'Count with these names' }).click();
  await expect(page.getByText('own.csv: 284 rows counted, 2 left out')).toBeVisible();
  await analysed(page);

  // Histogram to rows: the left slider of the range goes to the middle.
  const histogram = page.getByRole('figure', { name: /^Tool × reasoning: negative/ });
  await histogram.getByRole('slider').first().focus();
  for (let step = 0; step < 6; step++) await page.keyboard.press('ArrowRight');
  await expect(page.getByText(/questions? in the range chosen in the histogram/)).toBeVisible();
  await expect(page.getByRole('figure', { name: /^\d+ of 41 questions, six effects each/ })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the range' }).click();

  // Rows to the question, by the keyboard alone.
  const map = page.getByRole('figure', { name: /^41 questions, six effects each/ });
  await map.getByRole('grid').or(map.getByRole('listbox')).first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const question = page.getByRole('region', { name: /^q\d+$/ });
  await expect(question.getByText('of 16 right').first()).toBeVisible();
  expect(serious(complaints)).toEqual([]);
});

for (const theme of THEMES) {
  test(`counts in the ${theme} theme have no accessibility violation and fit a phone`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await openPage(page, 'leas');
    expect(await violations(page)).toEqual([]);
    await drop(page, 'own.csv', counts(30, ['q1,base,17,16,1', 'q1,Mine,1,16,1']));
    await analysed(page);
    await page.getByText('Filter', { exact: true }).click();
    await page.getByRole('button', { name: 'q3', exact: true }).click();
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => overflow(page)).toBeLessThanOrEqual(0);
  });
}

test('5,000 questions scroll, a frame at a time', async ({ page }) => {
  await openPage(page, 'leas');
  await drop(page, 'many.csv', counts(5000));
  await analysed(page);
  const map = page.getByRole('figure', { name: /5.000 questions, six effects each/ });
  await expect(map).toBeVisible();
  const measured = await map.evaluate(async (figure) => {
    const scroller = [...figure.querySelectorAll<HTMLElement>('*')].find((element) => element.scrollHeight > element.clientHeight + 10_000);
    if (scroller === undefined) return null;
    const times: number[] = [];
    for (let frame = 0; frame < 60; frame++) {
      scroller.scrollTop += 400;
      const begun = performance.now();
      // What a frame costs this thread: the scroll's handlers and the painting that they ask for.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      times.push(performance.now() - begun);
    }
    return { top: scroller.scrollTop, median: times.sort((a, b) => a - b)[30] };
  });
  expect(measured?.top).toBeGreaterThan(10_000);
  // Loaded machines take several times the 16 ms of a frame; a table that draws all rows takes seconds.
  expect(measured?.median).toBeLessThan(250);
});

test('a small run ends with counts, and its record opens again as the same page', async ({ page }) => {
  test.setTimeout(900_000);
  const complaints = watchConsole(page);
  await openPage(page, 'leas?models=train&seeds=1&steps=1&questions=2&tsamples=2&sets=world-a-heldout&max=2&samples=2&beside=0&batch=16');
  await page.getByRole('group', { name: 'Run' }).getByRole('button', { name: 'Run' }).click();
  await expect(page.locator('button[aria-label^="Status: Finished"]')).toBeVisible({ timeout: 840_000 });
  await expect(page.getByRole('region', { name: /right answers of n, questions 1 to 2 of 2/ })).toBeVisible({ timeout: 60_000 });
  // The last counts are analysed and drawn a moment after the run's end.
  await expect(page.getByRole('region', { name: /right answers of n/ })).not.toContainText(/\d\/[01]\b/, { timeout: 30_000 });
  const table = await page.getByRole('region', { name: /right answers of n/ }).innerText();
  const [record] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export the run record' }).click()]);
  const text = await readFile(await record.path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ kind: 'leas', config: { run: { samples: 2 } } });

  await page.reload();
  await openPage(page, 'angles');
  await drop(page, 'leas-record.json', text);
  await expect(page).toHaveURL(/#\/leas/);
  await expect(page.getByText(/^Recorded on /)).toBeVisible();
  await expect(page.locator('button[aria-label^="Status: Replay complete"]')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: /right answers of n/ })).toHaveText(table.replaceAll(/\s+/g, ' '), { useInnerText: true });
  expect(serious(complaints)).toEqual([]);
});
