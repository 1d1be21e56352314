import type { Random } from '../random.ts';
import { accuracyTables, onScale, smoothedProbability } from './accuracy.ts';
import type { AccuracyChoice, Scale } from './accuracy.ts';
import { ROUNDING } from './coefficients.ts';
import type { QuestionEffects } from './coefficients.ts';
import { binomialCumulative, invert } from './draws.ts';
import { shareOf } from './share.ts';
import type { Share } from './share.ts';
import { isCounted } from './summary.ts';
import { Tally } from './tally.ts';
import type { RepeatSummary } from './tally.ts';

/**
 * Worlds without interference: from the accuracies of Base, M_Tool and M_Reas alone, each says what M_Uni would reach if
 * the two abilities did not touch each other. With p accuracies, f = 1 − p, and
 *   D = (p_T − p_B)(p_R − p_B)   (positive: both single models help, or both harm),
 * in the logit z and while every p is inside (0, 1):
 * - logit-additive, z_U = z_T + z_R − z_B: λ = 0.
 * - independent failures, f_U = f_T f_R/f_B (each training removes its own share of the failures): the failures cancel,
 *   λ = log[p_U p_B/(p_T p_R)], and p_T p_R − p_U p_B = D/f_B. So λ < 0 exactly if D > 0, λ = 0 if D = 0, λ > 0 if D < 0.
 * - two independent stages, p = a·c with reasoning training raising a and tool training c, p_U = p_T p_R/p_B: the successes
 *   cancel, λ = log[f_T f_R/(f_U f_B)], and f_T f_R − f_U f_B = D/p_B. So λ > 0 exactly if D > 0: the opposite sign.
 * On the probability scale λ is −D/f_B and D/p_B, so the signs are the same there; on the scale −log f independent
 * failures give 0 and two stages the sign of D.
 *
 * Independent failures can always be made when both help. Two stages cannot when p_T p_R > p_B; either fails where a
 * training harms enough. The implied accuracy is then held at the edge, and how often is told.
 */
export const WORLDS = ['logit_additive', 'independent_failures', 'two_stages'] as const;
export type World = (typeof WORLDS)[number];

export const WORLD_LABELS: Readonly<Record<World, string>> = {
  logit_additive: 'logit-additive',
  independent_failures: 'independent failures',
  two_stages: 'two independent stages',
};

export interface SingleAccuracies {
  /** Each in (0, 1). */
  readonly base: number;
  readonly tool: number;
  readonly reasoning: number;
}

/** Accuracy of M_Uni in a world; outside [0, 1] where that world cannot have these accuracies. */
export function impliedAccuracy(world: World, { base, tool, reasoning }: SingleAccuracies): number {
  if (world === 'independent_failures') return 1 - ((1 - tool) * (1 - reasoning)) / (1 - base);
  if (world === 'two_stages') return (tool * reasoning) / base;
  const odds = (p: number): number => p / (1 - p);
  const joint = (odds(tool) * odds(reasoning)) / odds(base);
  return joint / (1 + joint);
}

/** Tool × reasoning of true accuracies in (0, 1), on a scale. */
export function interactionOf(uni: number, { base, tool, reasoning }: SingleAccuracies, scale: Scale): number {
  return onScale(uni, scale) - onScale(tool, scale) - (onScale(reasoning, scale) - onScale(base, scale));
}

export interface WorldSummary extends RepeatSummary {
  readonly world: World;
  /** Questions whose implied accuracy was held at the edge, where n samples cannot tell it from 0 or 1. */
  readonly held: number;
  /** Share negative of the implied λ itself, without sampling noise and without ties. */
  readonly implied: Share;
}

/** Differences of the implied λ below this are rounding. */
const IMPLIED_ROUNDING = 1e-9;

/**
 * Every world over the counted questions: M_Uni's accuracy is implied, then all four models draw their answers anew,
 * binomially with the question's own n, in every repeat. The true accuracies are taken to be (k + ½)/(n + 1); their own
 * sampling error is not removed, which spreads them wider than the truth: where tool and reasoning training change nothing
 * at all, an error in Base's k alone makes D positive on average (by its variance), and the two worlds lean:
 * to 54 % negative and 47 % in place of 50 % (simulated, 2,000 questions at n = 50, four equal models).
 * @param repeats 1 or more @throws RangeError as `checkChoice`
 */
export function referenceWorlds(rows: readonly QuestionEffects[], choice: AccuracyChoice, repeats: number, random: Random): WorldSummary[] {
  const table = accuracyTables(choice);
  const state = WORLDS.map((world) => ({ world, tally: new Tally(repeats, choice.scale), held: 0, negative: 0, positive: 0 }));
  const counted = rows.filter(isCounted);
  for (const { question, counts } of counted) {
    const [uni, tool, reasoning, base] = [counts.m_uni!, counts.m_tool!, counts.m_reas!, counts.base!];
    const truth: SingleAccuracies = { base: smoothedProbability(base), tool: smoothedProbability(tool), reasoning: smoothedProbability(reasoning) };
    const own = random.stream(question);
    // The single models' draws are shared by the worlds, which then differ by M_Uni alone.
    const singles = [tool, reasoning, base].map((count) => drawn(count.n, smoothedProbability(count), repeats, own));
    const tables = [table(uni.n), table(tool.n), table(reasoning.n), table(base.n)];
    const uniform = Float64Array.from({ length: repeats }, () => own.uniform());
    const edge = smoothedProbability({ k: 0, n: uni.n });
    for (const entry of state) {
      const implied = impliedAccuracy(entry.world, truth);
      const accuracy = Math.min(1 - edge, Math.max(edge, implied));
      if (implied < edge - ROUNDING || implied > 1 - edge + ROUNDING) entry.held++;
      const lambda = interactionOf(accuracy, truth, choice.scale);
      if (lambda < -IMPLIED_ROUNDING) entry.negative++;
      if (lambda > IMPLIED_ROUNDING) entry.positive++;
      const cumulative = binomialCumulative(uni.n, accuracy);
      for (let repeat = 0; repeat < repeats; repeat++) {
        const [u, t, r, b] = [invert(cumulative, uniform[repeat]), singles[0][repeat], singles[1][repeat], singles[2][repeat]];
        const value = tables[0].values[u] - tables[1].values[t] - (tables[2].values[r] - tables[3].values[b]);
        entry.tally.add(repeat, value, tables[0].variances[u] + tables[1].variances[t] + tables[2].variances[r] + tables[3].variances[b]);
      }
    }
  }
  return state.map(({ world, tally, held, negative, positive }) => ({ world, ...tally.summary(counted.length), held, implied: shareOf(negative, negative + positive) }));
}

function drawn(n: number, p: number, repeats: number, random: Random): Uint32Array {
  const cumulative = binomialCumulative(n, p);
  return Uint32Array.from({ length: repeats }, () => invert(cumulative, random.uniform()));
}
