import { expect, type Page } from '@playwright/test';

export const PAGES = ['', 'angles', 'rollouts', 'seesaw', 'leas', 'trajectories', 'device'] as const;
export const THEMES = ['light', 'dark'] as const;

/** What the browser complained about while the test ran; policy violations are among it. */
export function watchConsole(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** Opens a page of the app and waits until it stands. */
export async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(`#/${path}`);
  await expect(page.locator('main h1')).toBeVisible();
  // The status line knows the device once the probe has answered.
  await expect(page.locator('button[aria-label^="Status"]')).not.toContainText('no device yet', { timeout: 60_000 });
}

/** Complaints that are no fault of the page: the recording may be missing from a copy of it. */
export function serious(complaints: readonly string[]): string[] {
  return complaints.filter((text) => !/recordings\/|status of 404/.test(text));
}
