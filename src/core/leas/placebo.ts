import type { Random } from '../random.ts';
import { accuracyTables } from './accuracy.ts';
import type { AccuracyChoice } from './accuracy.ts';
import type { QuestionEffects } from './coefficients.ts';
import { hypergeometric } from './draws.ts';
import { INTERACTION_MODELS } from './models.ts';
import { isCounted } from './summary.ts';
import { Tally } from './tally.ts';
import type { RepeatSummary } from './tally.ts';

/**
 * Split-half placebo: one model counted as two. Of the four models of tool × reasoning two different ones, X and Y, are
 * drawn for every question and repeat; the halves of X's samples stand for M_Uni and M_Tool, the halves of Y's for M_Reas
 * and Base. Then λ = (z_X1 − z_X2) − (z_Y1 − z_Y2) is 0 in truth and symmetric about 0 by construction, whatever the
 * accuracies are, and what is left is sampling noise alone. Each model is drawn equally often, so the noise is that of
 * the four models on average, but of half as many samples: the values spread about √2 wider than at the full n, and
 * the placebo stands beside the share negative (which has no width), not beside the size of λ.
 *
 * Which samples were correct need not be known: of k correct ones in n, a random half holds a hypergeometric number.
 */
export interface Placebo extends RepeatSummary {
  /** Counted questions with a model of one sample only, which has no halves. */
  readonly unsplit: number;
}

/** @param repeats random splits of every question, 1 or more @throws RangeError as `checkChoice` */
export function splitHalfPlacebo(rows: readonly QuestionEffects[], choice: AccuracyChoice, repeats: number, random: Random): Placebo {
  const table = accuracyTables(choice);
  const tally = new Tally(repeats, choice.scale);
  let questions = 0;
  let unsplit = 0;
  for (const row of rows.filter(isCounted)) {
    const counts = INTERACTION_MODELS.map((model) => row.counts[model]!);
    if (counts.some(({ n }) => n < 2)) {
      unsplit++;
      continue;
    }
    questions++;
    const own = random.stream(row.question);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const x = own.integer(counts.length);
      const y = (x + 1 + own.integer(counts.length - 1)) % counts.length;
      let value = 0;
      let variance = 0;
      for (const model of [x, y]) {
        const { k, n } = counts[model];
        // Of an odd n the greater half goes to either side at random, else the sign would lean.
        const size = n % 2 === 0 ? n / 2 : (n - 1) / 2 + own.integer(2);
        const first = hypergeometric(k, n, size, own);
        const [one, other] = [table(size), table(n - size)];
        const difference = one.values[first] - other.values[k - first];
        value = model === x ? difference : value - difference;
        variance += one.variances[first] + other.variances[k - first];
      }
      tally.add(repeat, value, variance);
    }
  }
  return { ...tally.summary(questions), unsplit };
}
