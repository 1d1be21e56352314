import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { HeadlessFile, HeadlessSummary } from '../../src/features/headless.ts';
import type { AngleArguments } from './arguments.ts';
import { inBrowser, saveDownload, withProgress } from './in-browser.ts';

/** What is written, in this order; see `src/features/headless.ts`. */
const FILES: readonly { readonly kind: HeadlessFile; readonly name: string }[] = [
  { kind: 'record', name: 'record.json' },
  { kind: 'gram', name: 'gram.json' },
  { kind: 'angles', name: 'angles.csv' },
  { kind: 'figure', name: 'angles.svg' },
];

async function run(page: Page, args: AngleArguments): Promise<HeadlessSummary> {
  if (args.backbone !== null) await page.setInputFiles('#headless-backbone', args.backbone);
  if (args.trajectories !== null) await page.setInputFiles('#headless-trajectories', args.trajectories);
  return withProgress(
    () => page.evaluate(() => window.seesawHeadless!.status()),
    () => page.evaluate((options) => window.seesawHeadless!.run(options), { parameterSet: args.params, seed: args.seed, maxGroups: args.groups }),
  );
}

/** Runs the angle page and writes its files. */
export function reproduceAngles(args: AngleArguments): Promise<void> {
  return inBrowser(args.out, 'angles', async (page, folder) => {
    const { finding, angles, trajectories, seconds, device } = await run(page, args);
    for (const { kind, name } of FILES) await saveDownload(page, join(folder, name), () => page.evaluate((wanted) => window.seesawHeadless!.file(wanted), kind));
    return { files: FILES.map(({ name }) => name), report: `${finding}\n${angles} angles of ${trajectories} trajectories in ${seconds.toFixed(1)} s on ${device}.` };
  });
}
