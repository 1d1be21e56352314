import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { HeadlessModelResult } from '../../src/features/headless-model.ts';
import { inBrowser, saveDownload, withProgress } from './in-browser.ts';
import type { ModelArguments } from './model-arguments.ts';
import { ProcessMemory } from './process-memory.ts';
import { duration } from './progress-line.ts';
import { table } from './table.ts';

const megabytes = (bytes: number): string => (bytes === 0 ? '–' : `${(bytes / 2 ** 20).toFixed(0)} MiB`);

/** Less drowns in what allocators keep for themselves. */
const TELLING_BYTES = 256 * 2 ** 20;

/** The check for the terminal; each phase with the most that the browser's processes held in it. */
export function modelReport(result: HeadlessModelResult, memory: Pick<ProcessMemory, 'before' | 'peak' | 'last' | 'most'>): string {
  const [head, ...rows] = result.table;
  const { before, peak, last } = memory;
  const withProcesses = rows.map((row, index) => {
    const own = memory.most(result.phases[index]);
    return [...row.slice(0, -1), megabytes(own?.renderer ?? 0), megabytes(own?.gpu ?? 0)];
  });
  // What the engine holds by the operating system's count: the compiler's own memory stays, the engine's is given back.
  const held = (memory.most('differences')?.gpu ?? 0) - last.gpu;
  return [
    `${result.backbone}\nDevice: ${result.device}`,
    // What came of it is words, which stand to the left.
    table([[...head.slice(0, -1), 'renderer', 'GPU process'], ...withProcesses])
      .split('\n')
      .map((line, index) => `${line}  ${result.table[index].at(-1) ?? ''}`)
      .join('\n'),
    ...(result.differences.length > 0 ? [table(result.differences)] : []),
    [
      ...result.verdicts.map(({ name, outcome, finding }) => `${name}: ${outcome}. ${finding}`),
      ...(result.longestSubmitMs === null ? [] : [`Longest submit: ${result.longestSubmitMs.toFixed(0)} ms.`]),
      `Processes (resident): renderer ${megabytes(before.renderer)} before, ${megabytes(peak.renderer)} at most; graphics process ${megabytes(before.gpu)} before, ${megabytes(peak.gpu)} at most, ${megabytes(last.gpu)} after the engine was freed` +
        `${result.predictedBytes === null || result.predictedBytes < TELLING_BYTES || held <= 0 ? '' : `, so the engine held ${megabytes(held)} of it (predicted: ${megabytes(result.predictedBytes)}, ${((100 * held) / result.predictedBytes - 100).toFixed(1)} %)`}.`,
      `${result.finding}${result.seconds === null ? '' : ` (${duration(result.seconds)})`}`,
      ...(result.failure === null ? [] : [`Not finished: ${result.failure}`]),
    ].join('\n'),
  ].join('\n\n');
}

/** Checks a backbone on the device page. @returns whether every verdict was reached and none failed */
export async function reproduceModel({ folder, tokens, file }: ModelArguments): Promise<boolean> {
  let passed = false;
  await inBrowser(file === null ? tmpdir() : dirname(file), 'device', async (page, partial) => {
    if (folder !== null) await page.setInputFiles('#headless-backbone', folder);
    const status = () => page.evaluate(() => window.seesawHeadless!.model.status());
    const memory = await ProcessMemory.watch(page, async () => (await status()).phase);
    try {
      const result = await withProgress(status, () => page.evaluate((wanted) => window.seesawHeadless!.model.run(wanted), { tokens }));
      ({ passed } = result);
      const files = file === null ? [] : [basename(file)];
      for (const name of files) await saveDownload(page, join(partial, name), () => page.evaluate(() => window.seesawHeadless!.model.file()));
      return { files, report: modelReport(result, memory) };
    } finally {
      memory.stop();
    }
  });
  return passed;
}
