import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { HeadlessSeesawFile } from '../../src/features/headless-seesaw.ts';
import { inBrowser, saveDownload, withProgress } from './in-browser.ts';
import type { SeesawArguments } from './seesaw-arguments.ts';
import { seesawReport } from './seesaw-report.ts';

const FILES: readonly { readonly kind: HeadlessSeesawFile; readonly name: string }[] = [
  { kind: 'record', name: 'record.json' },
  { kind: 'steps', name: 'steps.csv' },
  { kind: 'evaluations', name: 'evaluations.csv' },
];

/** Trains on the seesaw page and writes its files. */
export function reproduceSeesaw(args: SeesawArguments): Promise<void> {
  return inBrowser(args.out, 'seesaw', async (page, folder) => {
    const { model } = args;
    if (model !== null) await page.setInputFiles('#headless-backbone', model);
    const result = await withProgress(
      () => page.evaluate(() => window.seesawHeadless!.seesaw.status()),
      () => page.evaluate((wanted) => window.seesawHeadless!.seesaw.run(wanted), { ...args, keep: args.keep !== null }),
    );
    const files: string[] = [];
    for (const { kind, name } of FILES) {
      await saveDownload(page, join(folder, name), () => page.evaluate((wanted) => window.seesawHeadless!.seesaw.file(wanted), kind));
      files.push(name);
    }
    if (result.adapters > 0) {
      const zip = join(folder, 'adapters.zip');
      await saveDownload(page, zip, () => page.evaluate(() => window.seesawHeadless!.seesaw.adapters()));
      for (const [path, bytes] of Object.entries(unzipSync(new Uint8Array(readFileSync(zip))))) {
        const name = join('adapters', path);
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), bytes);
        files.push(name);
      }
      rmSync(zip);
    }
    return { files, report: seesawReport(result) };
  }, args.keep);
}
