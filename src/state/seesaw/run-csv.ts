import type { SeesawRunView } from './types.ts';

type Cell = string | number | null;

function line(cells: readonly Cell[]): string {
  return `${cells.map((cell) => (cell === null || (typeof cell === 'number' && !Number.isFinite(cell)) ? '' : typeof cell === 'string' && /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell))).join(',')}\n`;
}

/** Every step of every run, one row each; norms, leakage and losses with a column a loss (and adapter). */
export function stepsCsv(runs: readonly SeesawRunView[]): string {
  const losses = Math.max(1, ...runs.map(({ arm }) => arm.abilities.length));
  const adapters = Math.max(1, ...runs.map(({ arm }) => arm.adapters));
  const pairs = Array.from({ length: losses * adapters }, (_, index) => [Math.floor(index / adapters), index % adapters] as const);
  const header = [
    'arm', 'seed', 'step', 'reward', 'hit', 'well_formed', 'live', 'searches', 'length', 'entropy', 'norm', 'angle', 'kl', 'clip_fraction', 'ratio_error', 'rate',
    ...Array.from({ length: losses }, (_, loss) => `loss_${loss}`),
    ...pairs.map(([loss, adapter]) => `norm_${loss}_${adapter}`),
    ...pairs.map(([loss, adapter]) => `leakage_${loss}_${adapter}`),
    'tokens_rollout', 'tokens_reencoded', 'tokens_trained', 'ms_rollout', 'ms_forward', 'ms_backward', 'ms_optimiser',
  ];
  const rows = runs.flatMap(({ id, steps }) =>
    steps.map(({ step, reward, hit, wellFormed, live, searches, length, entropy, losses: own, gradients, norm, kl, clipFraction, ratioError, rate, tokens, time }) =>
      line([
        id.arm, id.seed, step, reward, hit, wellFormed, live, searches, length, entropy, norm, gradients.angle, kl, clipFraction, ratioError, rate,
        ...Array.from({ length: losses }, (_, loss) => own.at(loss) ?? null),
        ...pairs.map(([loss, adapter]) => gradients.norms.at(loss)?.at(adapter) ?? null),
        ...pairs.map(([loss, adapter]) => gradients.leakage.at(loss)?.at(adapter) ?? null),
        tokens.rollout, tokens.reencoded, tokens.trained, time.rollout, time.forward, time.backward, time.optimiser,
      ]),
    ),
  );
  return line(header) + rows.join('');
}

/** Every evaluation of every run, one row each. */
export function evaluationsCsv(runs: readonly SeesawRunView[]): string {
  const hops = [...new Set(runs.flatMap(({ points }) => points.flatMap(({ evaluation }) => evaluation.byHops.map((entry) => entry.hops))))].sort((a, b) => a - b);
  const measures = ['exact_match', 'f1', 'tool_skill', 'reasoning_skill', ...hops.map((count) => `exact_match_hops_${count}`)];
  const header = ['arm', 'seed', 'step', 'rollouts', ...measures.flatMap((measure) => [measure, `${measure}_error`]), 'well_formed', 'searches', 'ms'];
  const rows = runs.flatMap(({ id, points }) =>
    points.map(({ step, evaluation }) => {
      const { exactMatch, f1, toolSkill, reasoningSkill, byHops } = evaluation;
      const values = [exactMatch, f1, toolSkill, reasoningSkill, ...hops.map((count) => byHops.find((entry) => entry.hops === count)?.exactMatch ?? null)];
      return line([id.arm, id.seed, step, evaluation.rollouts, ...values.flatMap((measured) => [measured?.value ?? null, measured?.error ?? null]), evaluation.wellFormed, evaluation.searches, evaluation.milliseconds]);
    }),
  );
  return line(header) + rows.join('');
}
