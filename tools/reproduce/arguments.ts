import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isFile, modelFolder, outFolder, UsageError, wholeNumber } from './checks.ts';
import { LEAS_OPTIONS, LEAS_USAGE, leasArguments, type LeasArguments, type LeasRunArguments } from './leas-arguments.ts';
import { MODEL_OPTIONS, MODEL_USAGE, modelArguments, type ModelArguments } from './model-arguments.ts';
import { ROLLOUT_OPTIONS, rolloutArguments, type RolloutArguments } from './rollout-arguments.ts';
import { SEESAW_OPTIONS, seesawArguments, type SeesawArguments } from './seesaw-arguments.ts';

export { UsageError } from './checks.ts';

export interface AngleArguments {
  readonly experiment: 'angles';
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

export const USAGE = `npm run reproduce -- angles|rollouts|seesaw|leas|model --out DIR [options]

angles measures the angles between reasoning and tool-use gradients in a headless browser, and writes into DIR:
  record.json   the run record: configuration, device, hashes, everything measured; opens in the page as a replay
  gram.json     the span Gram, from which every figure follows
  angles.csv    every angle with its two trajectories
  angles.svg    the histogram as the page draws it

  --backbone DIR        a folder with config.json, tokenizer.json and onnx/*.onnx (default: the bundled backbone)
  --trajectories FILE   JSON Lines or chat text (default: the bundled rollouts, 12 questions × 16)
  --params full|lora    gradients of the frozen matrices, or of the adapters (default: full)
  --groups N            at most N questions, in the order of the file (default: 0, all)

rollouts lets the backbone answer questions with a search tool, and writes into DIR:
  rollouts.jsonl   every rollout with its tokens, roles and log-probabilities; opens in the page, and for angles
  summary.json     accuracies with standard errors, speed, parity with the engine, configuration, hashes, device

  --questions FILE|NAME   JSON Lines with id, question, golden_answers, or a set of the page (default: world-a-heldout)
  --samples N             rollouts of each question (default: 4)
  --max-questions N       at most N questions, drawn with the seed (default: 0, all)
  --in-order              the first questions of the file in place of drawn ones
  --corpus FILE|NAME      passages to search (default: what belongs to the set)
  --retriever URL         a server as Search-R1's, POST /retrieve, in place of a corpus
  --model DIR             as --backbone (default: the bundled backbone)
  --dialect world|search-r1|qwen   how prompts and searches are written (default: world, with --model search-r1)
  --temperature T         0 is greedy (default: 1)
  --batch B               rollouts that decode together (default: 8)
  --provider auto|wasm|webgpu      where onnxruntime computes (default: auto, the faster one)

seesaw trains arms with several seeds and measures their skills on held-out questions, and writes into DIR:
  record.json       the run record: configuration, device, hashes, every step and evaluation; opens in the page as a replay
  steps.csv         every optimiser step
  evaluations.csv   every evaluation with standard errors clustered by question
  adapters/ARM-SEED/…   the trained adapters as PEFT folders, which open on the rollout page

  --arms A,B,…          of base, joint, reasoning-only, tool-only, dart, dart-strict, two-agents, shuffled, halves, pcgrad
                        (default: joint,dart)
  --seeds 1,2,…         each arm is trained once a seed (default: 1)
  --steps N             optimiser steps (default: 40)
  --questions N --samples N   questions a step, and rollouts of each (default: 12 and 8)
  --rate R[,R…]         learning rate, or one for each adapter (default: 0.001)
  --rank R              rank of all adapters of an arm together (default: 16)
  --kl B --epochs N --schedule constant|cosine --denominator sum|response|ability   (default: 0, 1, constant, response)
  --train NAME,…        training sets of the page (default: world-a-train,world-b-train)
  --eval-set NAME --eval-questions N --eval-samples N --eval-every N
                        held-out questions (0: all), rollouts of each, steps between (default: world-a-heldout, 64, 2, 10)
  --batch B             rollouts that decode together (default: 96)
  --keep DIR            keep checkpoints there, and go on from those that there are: the same command again continues
                        a run that broke off
  --provider, --model   as for rollouts

${LEAS_USAGE}

${MODEL_USAGE}

angles, rollouts and leas:
  --seed N              a whole number from 0 on (default: 1)

all but model:
  --out DIR             made if missing; files of the same names in it are replaced

  --help                this text

The software adapter is used; SEESAW_ADAPTER=system takes the machine's own. Exit codes: 0 done, 1 failed, 2 usage.`;

const ANGLE_OPTIONS = {
  backbone: { type: 'string' },
  trajectories: { type: 'string' },
  params: { type: 'string' },
  groups: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
} as const;

type AngleValues = { readonly [Key in keyof typeof ANGLE_OPTIONS]?: string };

/** @throws UsageError with a sentence */
export function parseArguments(args: readonly string[]): AngleArguments | RolloutArguments | SeesawArguments | LeasArguments | LeasRunArguments | ModelArguments | 'help' {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: { ...ANGLE_OPTIONS, ...ROLLOUT_OPTIONS, ...SEESAW_OPTIONS, ...LEAS_OPTIONS, ...MODEL_OPTIONS, help: { type: 'boolean' } } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  const [experiment] = positionals;
  if (positionals.length !== 1 || (experiment !== 'angles' && experiment !== 'rollouts' && experiment !== 'seesaw' && experiment !== 'leas' && experiment !== 'model')) {
    throw new UsageError(`Say which experiment to reproduce: "angles", "rollouts", "seesaw", "leas" or "model"${positionals.length > 0 ? `, not "${positionals.join(' ')}"` : ''}.`);
  }
  const own: object = { angles: ANGLE_OPTIONS, rollouts: ROLLOUT_OPTIONS, seesaw: SEESAW_OPTIONS, leas: LEAS_OPTIONS, model: MODEL_OPTIONS }[experiment];
  const foreign = Object.keys(values).find((option) => !Object.hasOwn(own, option));
  if (foreign !== undefined) throw new UsageError(`--${foreign} is not an option of ${experiment}.`);
  if (experiment === 'angles') return angleArguments(values);
  if (experiment === 'leas') return leasArguments(values);
  if (experiment === 'model') return modelArguments(values);
  return experiment === 'rollouts' ? rolloutArguments(values) : seesawArguments(values);
}

function angleArguments({ backbone, trajectories, params = 'full', seed = '1', groups = '0', out }: AngleValues): AngleArguments {
  if (params !== 'full' && params !== 'lora') throw new UsageError(`--params takes full or lora, not "${params}".`);
  const folder = outFolder(out);
  const model = modelFolder(backbone, '--backbone');
  if (trajectories !== undefined && !isFile(trajectories)) throw new UsageError(`--trajectories ${trajectories}: there is no such file.`);
  return {
    experiment: 'angles',
    backbone: model,
    trajectories: trajectories === undefined ? null : resolve(trajectories),
    params,
    seed: wholeNumber(seed, '--seed'),
    groups: wholeNumber(groups, '--groups'),
    out: folder,
  };
}
