import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_LEAS_SETTINGS } from '../../src/core/leas/analyse.ts';
import { readCounts } from '../../src/core/leas/counts.ts';
import { analyseExperiment, experimentOfCounts } from '../../src/core/leas/experiment.ts';
import { lambdaCsv } from '../../src/core/leas/lambda-csv.ts';
import { buildLeasRecord } from '../../src/core/leas/record.ts';
import type { LeasArguments } from './leas-arguments.ts';
import { leasReport } from './leas-report.ts';

/** As vite.config.ts tells the page; a tarball without git says so. */
function app(): { readonly version: string; readonly commit: string } {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
  try {
    return { version, commit: execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim() };
  } catch {
    return { version, commit: 'unknown' };
  }
}

/**
 * Works LEAS out from counts and writes its files, first beside their names so that none is ever half written.
 * @returns what to say about it
 * @throws CountsError for a file without counts
 */
export async function leasFiles({ counts: path, scale, epsilon, mapping, seed, out }: LeasArguments): Promise<string> {
  const bytes = Uint8Array.from(readFileSync(path));
  const counts = readCounts(new TextDecoder().decode(bytes), mapping);
  const { format, rows, problems, notes, unknownModels } = counts;
  const name = basename(path);
  const settings = { ...DEFAULT_LEAS_SETTINGS, scale, epsilon, seed };
  const experiment = experimentOfCounts(name, counts.seeds);
  const analysis = analyseExperiment(experiment, settings);
  const record = await buildLeasRecord({
    app: app(),
    createdAt: new Date(),
    config: { settings, mapping, run: null },
    file: bytes,
    hashes: { weights: null, adapters: [] },
    source: { name, format, rows, problems: [...problems], notes: [...notes], unknownModels: [...unknownModels] },
    backbone: null,
    device: null,
    browser: `Node ${process.version}`,
    timings: { seconds: 0 },
    sets: [{ name: null, questions: [] }],
    counts: experiment,
    analysis,
    timeline: [],
    rollouts: [],
  });
  const [set] = analysis.sets;
  const files = { 'record.json': JSON.stringify(record), 'lambda.csv': [...lambdaCsv(set.runs)].join('') };
  const made = mkdirSync(out, { recursive: true }) !== undefined;
  const partial = mkdtempSync(join(out, '.partial-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(partial, name), text);
    for (const name of Object.keys(files)) renameSync(join(partial, name), join(out, name));
  } finally {
    rmSync(partial, { recursive: true, force: true });
    if (made && readdirSync(out).length === 0) rmdirSync(out);
  }
  return `${leasReport(counts, set)}\n\nWritten to ${out}: ${Object.keys(files).join(', ')}`;
}

export async function reproduceLeas(args: LeasArguments): Promise<void> {
  console.log(await leasFiles(args));
}
