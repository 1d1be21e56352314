import { parseArgs } from 'node:util';
import { checkGolden, type GoldenRow } from '../src/engine/golden.ts';
import { PipelineCache } from '../src/gpu/pipelines.ts';
import { testDevice } from '../src/gpu/testing/device.ts';
import { folderSource } from './lib/folder-source.ts';

const HELP = `npm run verify -- [--json] DIR…
Checks the engine against golden cases: log-probabilities, adapter gradients with leakage, full-weight Grams.
Exit status 0 when all are within tolerance, 1 when one is not, 2 for wrong usage.`;

/** The command behind \`npm run verify\`. */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
  if (values.help || positionals.length === 0) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const gpu = await testDevice();
  const pipelines = new PipelineCache(gpu.device);
  const results: { directory: string; seconds: number; rows: readonly GoldenRow[]; error?: string }[] = [];
  for (const directory of positionals) {
    const started = performance.now();
    try {
      const rows = await checkGolden(gpu, folderSource(directory), { pipelines });
      results.push({ directory, seconds: (performance.now() - started) / 1000, rows });
    } catch (error) {
      results.push({ directory, seconds: (performance.now() - started) / 1000, rows: [], error: error instanceof Error ? error.message : String(error) });
    }
    if (!values.json) print(results[results.length - 1]);
  }
  const passed = results.every(({ rows, error }) => error === undefined && rows.every((row) => row.passed));
  if (values.json) console.log(JSON.stringify({ device: gpu.description, passed, results }, null, 2));
  return passed ? 0 : 1;
}

function print({ directory, seconds, rows, error }: { directory: string; seconds: number; rows: readonly GoldenRow[]; error?: string }): void {
  console.log(`\n${directory} (${seconds.toFixed(1)} s)`);
  if (error) console.log(`  failed: ${error}`);
  for (const row of rows) {
    console.log(`  ${row.group.padEnd(36)} ${String(row.tensors).padStart(4)} tensors  error ${row.error.toExponential(2)}  tolerance ${row.tolerance.toExponential(0)}  ${row.passed ? 'pass' : 'FAIL'}`);
  }
}
