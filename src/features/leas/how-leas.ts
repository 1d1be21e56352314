import type { HowItem } from '../shared/how-computed.tsx';

export const HOW_LEAS: readonly HowItem[] = [
  {
    title: 'The models and their effects',
    text: 'Six models identify six effects on the accuracy of a question. Hybrids let one model write the reasoning tokens and another the tool tokens, so that abilities stand together without having been trained into the same weights. The design is square with determinant −1, and its inverse is whole: every effect is a difference of accuracies, computed without solving anything.',
    formula: 'base                z(Base)\ntool                z(H_Tool) − z(Base)\nreasoning           z(H_Reas) − z(Base)\nbase × tool         z(M_Tool) − z(H_Tool)\nbase × reasoning    z(M_Reas) − z(H_Reas)\ntool × reasoning    z(M_Uni) − z(M_Tool) − z(M_Reas) + z(Base)',
    code: 'src/core/leas/models.ts',
  },
  {
    title: 'Accuracy on a scale',
    text: 'From k right answers of n. Adding ½ to right and wrong answers (Haldane, Anscombe) keeps the logit finite and nearly unbiased; clipping at ε instead lets ε decide where questions lie that were always or never answered. Whether effects add up depends on the scale, so all three are shown.',
    formula: 'logit          z = log((k + ½) / (n − k + ½)),   var z = 1/(k + ½) + 1/(n − k + ½)\nprobability    z = k / n\nfailure rate   z = −log((n − k + ½) / (n + 1))',
    code: 'src/core/leas/accuracy.ts, src/core/leas/coefficients.ts',
  },
  {
    title: 'Over questions',
    text: 'The share negative is of the questions without exact ties, with Wilson’s interval; mean and median with a bootstrap over whole questions. Questions that no model ever answered carry no information and are counted apart. An own interval excludes 0 by chance in about 2.5 % of questions on each side.',
    formula: 'share = negative / (negative + positive)\nown interval = λ ± 1.96 · √Σ var z',
    code: 'src/core/leas/summary.ts, src/core/leas/share.ts',
  },
  {
    title: 'Placebo',
    text: 'One model counted as two: halves of the same model’s samples stand for different models, so that the interaction is 0 in truth and symmetric by construction. What is left is noise, of half as many samples: compare shares with it, not widths.',
    formula: 'λ = (z(X₁) − z(X₂)) − (z(Y₁) − z(Y₂)),   X ≠ Y drawn for every question',
    code: 'src/core/leas/placebo.ts',
  },
  {
    title: 'Worlds without interference',
    text: 'The same accuracies of Base, M_Tool and M_Reas, and a rule for M_Uni that has no interference in it; all four then draw their answers anew. If each training removes its own share of the failures, λ is negative by algebra wherever both help; if success takes two independent stages, it is positive. So a sign alone proves nothing.',
    formula: 'logit-additive          z_U = z_T + z_R − z_B\nindependent failures    f_U = f_T · f_R / f_B\ntwo independent stages  p_U = p_T · p_R / p_B',
    code: 'src/core/leas/worlds.ts',
  },
  {
    title: 'H_Both and its residual',
    text: 'The seventh model, M_Reas reasoning and M_Tool searching, over-identifies the design: its accuracy should be the sum of base, tool and reasoning. The residual is what was measured less that.',
    formula: 'residual = z(H_Both) − z(H_Tool) − z(H_Reas) + z(Base)',
    code: 'src/core/leas/models.ts',
  },
  {
    title: 'Training seeds and regimes',
    text: 'A training run is common to all of its questions, so that no bootstrap over questions sees what another run would change. A regime is named only where at least three training seeds agree, each with the intervals of its share and its mean on the same side.',
    formula: 'named if share and mean leave 50 % and 0 on one side in all of ≥ 3 seeds',
    code: 'src/core/leas/seeds.ts',
  },
  {
    title: 'DART beside the hybrids',
    text: 'All writers answer the same questions, so differences are taken within each question and training seed, and whole questions are drawn again. With fixed retrieval every search returns the gold passages, which leaves reasoning alone.',
    formula: 'difference = mean over questions of (left − right)',
    code: 'src/core/leas/comparison.ts',
  },
  {
    title: 'Sources',
    text: 'The effects and the published shares: arXiv 2602.00994 (its two versions number the effects differently; here they have names). The scale: Loftus 1978, Wagenmakers et al. 2012. Intervals: Wilson 1927, Gart 1966.',
    formula: 'published: single runs, no intervals',
    code: 'src/core/leas/published.ts',
  },
];
