import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyseExperiment } from '../../src/core/leas/experiment.ts';
import { countsOfRecord, parseLeasRecordText } from '../../src/core/leas/record.ts';
import type { HeadlessLeasResult } from '../../src/features/headless-leas.ts';
import { inBrowser, saveDownload, withProgress } from './in-browser.ts';
import type { LeasRunArguments } from './leas-arguments.ts';
import { comparisonReport } from './leas-comparison.ts';
import { leasReport } from './leas-report.ts';
import { duration } from './progress-line.ts';

const FILES = ['record.json', 'lambda.csv', 'counts.csv', 'comparison.csv'] as const;
const KINDS = { 'record.json': 'record', 'lambda.csv': 'lambda', 'counts.csv': 'counts', 'comparison.csv': 'comparison' } as const;

/** Rolls out on the page of LEAS, after training where that is asked for, and writes its files. */
export function reproduceLeasRun(args: LeasRunArguments): Promise<void> {
  return inBrowser(args.out, 'leas', async (page, folder) => {
    const { models, keep } = args;
    if (typeof models === 'object') await page.setInputFiles('#headless-adapters', models.folder);
    const result = await withProgress(
      () => page.evaluate(() => window.seesawHeadless!.leas.status()),
      () => page.evaluate((wanted) => window.seesawHeadless!.leas.run(wanted), { ...args, models: typeof models === 'object' ? ('given' as const) : models, keep: keep !== null }),
    );
    const files = FILES.filter((name) => name !== 'comparison.csv' || args.comparisonSamples > 0);
    for (const name of files) await saveDownload(page, join(folder, name), () => page.evaluate((kind) => window.seesawHeadless!.leas.file(kind), KINDS[name]));
    return { files, report: runReport(readFileSync(join(folder, 'record.json'), 'utf8'), result) };
  }, args.keep);
}

/** What a record says, worked out once more from its counts: the same code and random numbers as the page's. */
export function runReport(text: string, { seconds, provider, device, rollouts, kept, notes }: HeadlessLeasResult): string {
  const record = parseLeasRecordText(text);
  const counts = countsOfRecord(record);
  const analysis = analyseExperiment(counts, record.config.settings);
  const { problems } = record.source;
  return [
    [
      `${rollouts} rollouts in ${duration(seconds)}${kept > 0 ? `, ${kept} of them kept before` : ''}. ${provider} Device: ${device}.`,
      ...(problems.length > 0 ? [`${problems.length} lines or questions were left out; all are in record.json.`] : []),
      ...notes,
    ].join('\n'),
    ...analysis.sets.map((set, index) => {
      const { label, seeds } = counts.sets[index];
      const rows = seeds.reduce((sum, { questions }) => sum + questions.reduce((own, question) => own + Object.keys(question.counts).length, 0), 0);
      const { name } = record.sets[index];
      return `Set ${label}${name === null ? '' : `: ${name}`}\n\n${leasReport({ format: 'json-lines', seeds, rows, problems: [], notes: [], unknownModels: [] }, set)}`;
    }),
    ...(analysis.comparison === null ? [] : [comparisonReport(analysis.comparison)]),
  ].join('\n\n');
}
