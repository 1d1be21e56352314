import type { HowItem } from '../shared/how-computed.tsx';

export const HOW_SEESAW: readonly HowItem[] = [
  {
    title: 'A step',
    text: 'Every step asks the present agent each of its questions several times, scores the answers with exact match, and weighs each answer’s tokens with its advantage within the group. Groups whose answers are all right or all wrong teach nothing. Observation tokens are in no loss.',
    formula: 'A = (R − mean) / (std + 10⁻⁶)          std unbiased, within a question\nL_ρ = −(1/Z) Σ_i Σ_{t: role(t)=ρ} A_i log π(c_t | c_<t)',
    code: 'src/training/grpo.ts, src/training/trainer.ts',
  },
  {
    title: 'Weight per token',
    text: 'Z counts all tokens that the model wrote in the batch, so that an arm that trains one role alone gives each of its tokens the same weight as the joint arm does. “Those of the role” is the usual mean over a mask, which gives a tool-only arm several times more weight per token.',
    formula: 'Z = 1  |  all written tokens  |  those of the role',
    code: 'src/training/settings.ts',
  },
  {
    title: 'Ratio and KL',
    text: 'With more than one pass over a batch the ratio to the policy that wrote it is clipped. The KL to the frozen backbone is the k3 estimate, off unless its weight is above 0.',
    formula: 'ρ_t = π(c_t) / π_old(c_t),  clipped to [1 − ε, 1 + ε]\nk3 = π_ref/π − log(π_ref/π) − 1',
    code: 'src/training/grpo.ts',
  },
  {
    title: 'Mask matrix',
    text: 'Which role’s loss may update which adapter. All ones on two adapters is DART as published: a later reasoning loss still reaches the tool adapter through attention’s keys and values. The identity is strict isolation. One adapter has one column.',
    formula: 'step of θ_u  ∝  Σ_ρ M[ρ][u] · ∂L_ρ/∂θ_u\nDART = ⎡1 1⎤   strict = ⎡1 0⎤   tool only = ⎡0⎤\n       ⎣1 1⎦            ⎣0 1⎦               ⎣1⎦',
    code: 'src/training/arms.ts, src/training/mixing.ts',
  },
  {
    title: 'Leakage and angle',
    text: 'Leakage is how strongly one role’s loss pulls at the other’s adapter, against that adapter’s own loss. The R–T angle is between the two losses’ gradients over all adapters. Both are taken before the mask, so strict isolation shows what it stops.',
    formula: 'leakage(ρ → u) = ‖∂L_ρ/∂θ_u‖ / ‖∂L_u/∂θ_u‖\ncos = ⟨g_r, g_a⟩ / (‖g_r‖ ‖g_a‖)',
    code: 'src/training/mixing.ts',
  },
  {
    title: 'Skills',
    text: 'On held-out questions, the same for every arm and step, drawn from the same random numbers. Tool skill asks whether a golden answer occurs in what the searches returned. Reasoning skill answers with the gold passages returned whatever is searched.',
    formula: 'tool skill      = share of rollouts with a golden answer in an observation\nreasoning skill = exact match with retrieval fixed to the gold passages',
    code: 'src/training/evaluate.ts',
  },
  {
    title: 'Errors',
    text: 'Every seed answers the same questions, so runs are a table of questions × seeds. ± is one standard error: that of the questions’ means over seeds, with several seeds also that of the seeds’ means, their squares added. The interval widens each part with Student’s t of its own degrees of freedom before they are added, so that it covers 95 % or more with two or three seeds too (simulated for 1, 2, 3 and 5); from two seeds it is wide. One seed speaks for itself alone. Changes and differences between arms are paired, question by question and seed by seed.',
    formula: 'error² = e_q² + e_s²          e_q² = var_q(means over seeds) / Q,   e_s² = var_s(means over questions) / S\n95 % = value ± √( (t_{Q−1} e_q)² + (t_{S−1} e_s)² )',
    code: 'src/training/aggregate.ts, src/core/statistics/estimate.ts',
  },
  {
    title: 'Sources',
    text: 'The arms, the routing and the claim of a seesaw: arXiv 2602.00994 (DART); GRPO: arXiv 2402.03300; the agent’s loop and its reward: Search-R1, arXiv 2503.09516; PCGrad: arXiv 2001.06782. Published there as single runs: DART 0.399 against Search-R1 0.336, mean of seven sets, 3B-Instruct.',
    formula: 'no error bars are given there',
    code: 'src/training',
  },
];
