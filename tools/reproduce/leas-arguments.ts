import { resolve } from 'node:path';
import { SCALES, type Scale } from '../../src/core/leas/accuracy.ts';
import { MODELS, type Model } from '../../src/core/leas/models.ts';
import { isFile, outFolder, UsageError, wholeNumber } from './checks.ts';

export interface LeasArguments {
  readonly experiment: 'leas';
  readonly counts: string;
  readonly scale: Scale;
  /** Null: ½ is added to successes and failures. */
  readonly epsilon: number | null;
  readonly mapping: ReadonlyMap<string, Model>;
  readonly seed: number;
  readonly out: string;
}

export const LEAS_OPTIONS = {
  counts: { type: 'string' },
  scale: { type: 'string' },
  epsilon: { type: 'string' },
  map: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
} as const;

type Values = { readonly [Key in keyof typeof LEAS_OPTIONS]?: string };

export const LEAS_USAGE = `leas works out the effects of tool use and reasoning and their interaction from counts of correct answers, without a
browser, and writes into DIR:
  record.json   the run record: configuration, hash of the counts, every question, summaries, placebo, reference worlds
  lambda.csv    the effects of every question with their standard errors

  --counts FILE         CSV or JSON Lines with question, model, k, n (k correct of n samples); a column seed tells training
                        seeds apart; models: ${MODELS.join(', ')}
  --map "NAME=MODEL,…"  other names of models in the file
  --scale logit|probability|log-failure   (default: logit)
  --epsilon E           accuracies clipped to [E, 1 − E] in place of adding ½ to successes and failures`;

const NO_COUNTS = `Say which counts with --counts FILE. Training the models of LEAS from the command line is not there yet; what works:
counts from anywhere (question,model,k,n: so many correct of n samples) are analysed here, and
"npm run reproduce -- seesaw --arms joint,reasoning-only,tool-only" trains M_Uni, M_Reas and M_Tool and writes their adapters.`;

/** @throws UsageError with a sentence */
export function leasArguments({ counts, scale = 'logit', epsilon, map, seed = '1', out }: Values): LeasArguments {
  if (counts === undefined) throw new UsageError(NO_COUNTS);
  const folder = outFolder(out);
  if (!isFile(counts)) throw new UsageError(`--counts ${counts}: there is no such file.`);
  const chosen = SCALES.find((known) => known === scale);
  if (chosen === undefined) throw new UsageError(`--scale takes logit, probability or log-failure, not "${scale}".`);
  return { experiment: 'leas', counts: resolve(counts), scale: chosen, epsilon: epsilonOf(epsilon, chosen), mapping: mappingOf(map), seed: wholeNumber(seed, '--seed'), out: folder };
}

function epsilonOf(text: string | undefined, scale: Scale): number | null {
  if (text === undefined) return null;
  if (scale === 'probability') throw new UsageError('--epsilon has no meaning with --scale probability.');
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 0.5)) throw new UsageError(`--epsilon takes a number between 0 and 0.5, not "${text}".`);
  return value;
}

/** `their name=m_uni,other=base`; the last = divides, as names may hold one. */
function mappingOf(text: string | undefined): Map<string, Model> {
  const mapping = new Map<string, Model>();
  if (text === undefined) return mapping;
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    const target = part.slice(at + 1).trim().toLowerCase();
    const model = MODELS.find((known) => known === target);
    if (name === '' || model === undefined) throw new UsageError(`--map takes NAME=MODEL with a model of ${MODELS.join(', ')}, not "${part.trim()}".`);
    if (mapping.has(name)) throw new UsageError(`--map names "${name}" twice.`);
    mapping.set(name, model);
  }
  return mapping;
}
