import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { openPage, PAGES, serious, THEMES, watchConsole } from './page.ts';

for (const theme of THEMES) {
  for (const path of PAGES) {
    test(`/${path} in the ${theme} theme: no accessibility violation, no complaint of the browser`, async ({ page }) => {
      const complaints = watchConsole(page);
      await page.emulateMedia({ colorScheme: theme });
      await openPage(page, path);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
      expect(serious(complaints)).toEqual([]);
    });
  }
}

for (const width of [390, 640, 1024, 2560]) {
  test(`nothing scrolls sideways at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    for (const path of PAGES) {
      await openPage(page, path);
      const overflow = await page.evaluate(() => {
        const main = document.querySelector('main');
        return Math.max(document.documentElement.scrollWidth - window.innerWidth, main ? main.scrollWidth - main.clientWidth : 0);
      });
      expect(overflow, `/${path}`).toBeLessThanOrEqual(0);
    }
  });
}

test('the keyboard reaches everything: skip link, pages, run controls, help', async ({ page }) => {
  await openPage(page, 'angles');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Skip to the page' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Run', exact: true }).first()).toBeFocused();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await expect(help).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('d');
  await expect(page.getByRole('dialog', { name: 'Details of the run' })).toBeVisible();
});

test('shortcuts keep out of text fields', async ({ page }) => {
  await openPage(page, 'angles');
  await page.getByLabel('Seed', { exact: true }).fill('12');
  await page.getByLabel('Seed', { exact: true }).press('?');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page).toHaveURL(/seed=12/);
});

test('the address holds the configuration and gives it back', async ({ page }) => {
  await openPage(page, 'angles?design=halves&seed=42&range=zoom&v=1');
  await expect(page.getByLabel('Design')).toHaveValue('halves');
  await expect(page.getByLabel('Seed', { exact: true })).toHaveValue('42');
  await page.getByLabel('Design').selectOption('across');
  await expect(page).toHaveURL(/design=across/);
  await page.reload();
  await expect(page.getByLabel('Design')).toHaveValue('across');
});

test('an address that means nothing says so and shows home', async ({ page }) => {
  await page.goto('#/nowhere');
  await expect(page.getByText('No page has this address.')).toBeVisible();
});

test('a file that cannot be read is refused with a way out', async ({ page }) => {
  await openPage(page, 'angles');
  await page.keyboard.press('o');
  const dialog = page.getByRole('dialog', { name: 'Open files' });
  await dialog.getByRole('textbox').fill('this is no trajectory');
  await dialog.getByRole('button', { name: 'Read the text' }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toBeVisible();
  await expect(alert).toContainText('JSON Lines');
});

test('the theme follows the system and can be chosen', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await openPage(page, '');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Light' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});

test('without WebGPU the page says what to switch on', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });
  });
  await page.route('**/lab-worker*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `Object.defineProperty(Object.getPrototypeOf(navigator), 'gpu', { get: () => undefined });\n${await response.text()}` });
  });
  await page.goto('#/device');
  await expect(page.getByText('chrome://flags/#enable-unsafe-webgpu')).toBeVisible({ timeout: 60_000 });
});
