import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { HeadlessRolloutFile, HeadlessRolloutResult } from '../../src/features/headless-rollouts.ts';
import type { RolloutArguments } from './rollout-arguments.ts';
import { inBrowser, saveDownload, withProgress } from './in-browser.ts';
import { rolloutReport } from './rollout-report.ts';

const FILES: readonly { readonly kind: HeadlessRolloutFile; readonly name: string }[] = [
  { kind: 'rollouts', name: 'rollouts.jsonl' },
  { kind: 'summary', name: 'summary.json' },
];

async function run(page: Page, args: RolloutArguments): Promise<HeadlessRolloutResult> {
  const { model, questions, corpus } = args;
  if (model !== null) await page.setInputFiles('#headless-backbone', model);
  if (questions.kind === 'file') await page.setInputFiles('#headless-questions', questions.path);
  if (corpus?.kind === 'file') await page.setInputFiles('#headless-corpus', corpus.path);
  return withProgress(
    () => page.evaluate(() => window.seesawHeadless!.rollouts.status()),
    () =>
      page.evaluate((wanted) => window.seesawHeadless!.rollouts.run(wanted), {
        ...args,
        questions: questions.kind === 'bundled' ? questions.name : null,
        corpus: corpus?.kind === 'bundled' ? corpus.name : null,
      }),
  );
}

/** Runs the rollout page and writes its files. */
export function reproduceRollouts(args: RolloutArguments): Promise<void> {
  return inBrowser(args.out, 'rollouts', async (page, folder) => {
    const result = await run(page, args);
    for (const { kind, name } of FILES) await saveDownload(page, join(folder, name), () => page.evaluate((wanted) => window.seesawHeadless!.rollouts.file(wanted), kind));
    return { files: FILES.map(({ name }) => name), report: rolloutReport(result) };
  });
}
