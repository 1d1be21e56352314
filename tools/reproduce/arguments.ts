import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface AngleArguments {
  /** Folder in the Hugging Face layout; null: the bundled backbone. */
  readonly backbone: string | null;
  /** File of trajectories; null: the bundled rollouts. */
  readonly trajectories: string | null;
  readonly params: 'full' | 'lora';
  readonly seed: number;
  /** 0: all. */
  readonly groups: number;
  readonly out: string;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run reproduce -- angles --out DIR [options]

Measures the angles between reasoning and tool-use gradients in a headless browser, and writes into DIR:
  record.json   the run record: configuration, device, hashes, everything measured; opens in the page as a replay
  gram.json     the span Gram, from which every figure follows
  angles.csv    every angle with its two trajectories
  angles.svg    the histogram as the page draws it

  --backbone DIR        a folder with config.json, tokenizer.json and onnx/*.onnx (default: the bundled backbone)
  --trajectories FILE   JSON Lines or chat text (default: the bundled rollouts, 12 questions × 16)
  --params full|lora    gradients of the frozen matrices, or of the adapters (default: full)
  --seed N              a whole number from 0 on (default: 1)
  --groups N            at most N questions, in the order of the file (default: 0, all)
  --out DIR             made if missing; files of the same names in it are replaced
  --help                this text

The software adapter is used; SEESAW_ADAPTER=system takes the machine's own. Exit codes: 0 done, 1 failed, 2 usage.`;

function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new UsageError(`${option} takes a whole number from 0 on, not "${text}".`);
  return value;
}

/** @throws UsageError with a sentence */
export function parseArguments(args: readonly string[]): AngleArguments | 'help' {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        backbone: { type: 'string' },
        trajectories: { type: 'string' },
        params: { type: 'string', default: 'full' },
        seed: { type: 'string', default: '1' },
        groups: { type: 'string', default: '0' },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (positionals.length !== 1 || positionals[0] !== 'angles') throw new UsageError(`Say which experiment to reproduce: "angles"${positionals.length > 0 ? `, not "${positionals.join(' ')}"` : ''}.`);
  if (values.params !== 'full' && values.params !== 'lora') throw new UsageError(`--params takes full or lora, not "${values.params}".`);
  if (values.out === undefined || values.out === '') throw new UsageError('Say where to write with --out DIR.');
  const out = resolve(values.out);
  if (existsSync(out) && !statSync(out).isDirectory()) throw new UsageError(`--out ${values.out} is a file, not a folder.`);
  const { backbone, trajectories } = values;
  if (backbone !== undefined && !existsSync(join(backbone, 'config.json'))) throw new UsageError(`--backbone ${backbone} is no folder with a config.json in it.`);
  if (trajectories !== undefined && !(existsSync(trajectories) && statSync(trajectories).isFile())) throw new UsageError(`--trajectories ${trajectories}: there is no such file.`);
  return {
    backbone: backbone === undefined ? null : resolve(backbone),
    trajectories: trajectories === undefined ? null : resolve(trajectories),
    params: values.params,
    seed: wholeNumber(values.seed, '--seed'),
    groups: wholeNumber(values.groups, '--groups'),
    out,
  };
}
