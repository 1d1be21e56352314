import type { HowItem } from '../shared/how-computed.tsx';

export const HOW_ANGLES: readonly HowItem[] = [
  {
    title: 'Roles and spans',
    text: 'Every response token is reasoning, tool or observation. Tool tokens run from the first after <search> through </search>; observations are what the environment wrote and are in no loss. A span is a run of one role.',
    formula: 'adapter at position p = tool       if <search> is open after c₁…c_p\n                        = reasoning  else            (eq. 2)',
    code: 'src/core/trajectory/roles.ts',
  },
  {
    title: 'One gradient a span',
    text: 'The gradient of a span’s own summed negative log-likelihood, over the seven projection matrices of every layer (full), or over the LoRA B matrices. It is formed tile by tile and never kept whole.',
    formula: 'G_s = ∇ [ −Σ_{t∈s} log π(c_t | c_<t) ]',
    code: 'src/engine, shaders',
  },
  {
    title: 'The span Gram',
    text: 'All inner products of span gradients, per module. Role gradients are sums of spans, so every figure on this page is arithmetic on K: no choice above needs the GPU again, except another parameter set.',
    formula: 'K[m][s, s′] = ⟨G_s, G_s′⟩\ng_i^ρ = Σ_{s∈i, role ρ} A_i·G_s     (A_i = 1 without advantage)\ncos(g, h) = ⟨g, h⟩ / √(⟨g, g⟩ ⟨h, h⟩)',
    code: 'src/core/gram, src/core/angles',
  },
  {
    title: 'Same role, other role',
    text: 'On-policy log-likelihood gradients have zero mean, so single rollouts agree little even within a role: R–R and T–T near 90° are expected there. R–T means something only beside R–R and T–T made alike, and beside what noise alone gives in the same design (the grey brackets).',
    formula: 'independent noise in overlapping draws of 5 of 10:  median ≈ 55 to 66°',
    code: 'src/core/angles/designs.ts, noise.ts',
  },
  {
    title: 'Nulls',
    text: 'Isotropic: the spread of the angle of random directions, for the parameter count and for the effective dimension of K’s spectrum. Permutation: the roles of spans shuffled within each trajectory, keeping its label counts.',
    formula: 'sd ≈ 57.3° / √d      d_eff = (Σλ)² / Σλ²\np = (1 + #{|null − centre| ≥ |observed − centre|}) / (1 + draws)',
    code: 'src/core/angles/permutation.ts',
  },
  {
    title: 'Disattenuated cosine',
    text: 'What the cosine would be without the noise of single rollouts. It has no value where the denominator is not clearly above 0.',
    formula: 'cos R–T / √(cos R–R · cos T–T)      averages across trajectories',
    code: 'src/core/angles/disattenuated.ts',
  },
  {
    title: 'Intervals',
    text: 'Medians and cosines carry 95 % percentile intervals of a bootstrap that draws whole questions, because rollouts of one question are not independent.',
    formula: 'seeded streams: same seed, same draws',
    code: 'src/core/statistics/bootstrap.ts, src/core/random.ts',
  },
  {
    title: 'Sources',
    text: 'The claim, the routing rule and the R–T design: arXiv 2602.00994 (v1 calls the attribution LEAS, v2 CEA; the method is DART); its public code averages overlapping draws, which the last design copies. Conflict as a negative cosine: PCGrad, arXiv 2001.06782; orthogonal is not conflict. The trajectories’ form: Search-R1.',
    formula: 'published: same-role angles mostly below 30°, cross-role near 90°',
    code: 'no error bars are given there',
  },
];
