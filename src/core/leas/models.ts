/**
 * The models of LEAS (CEA in the paper's v2) and the design that ties their accuracies to six named effects
 * (arXiv 2602.00994, section 4.2; SPEC section 5). The paper numbers the effects and its two versions number them
 * differently, so that here every effect is reached by its name alone.
 */

/** The six models that identify the six effects, in the order of the paper's table. */
export const DESIGN_MODELS = ['base', 'm_reas', 'm_tool', 'm_uni', 'h_tool', 'h_reas'] as const;
export type DesignModel = (typeof DESIGN_MODELS)[number];

/** The seventh, H_Both, over-identifies the system. */
export const MODELS = [...DESIGN_MODELS, 'h_both'] as const;
export type Model = (typeof MODELS)[number];

export const EFFECTS = ['base', 'tool', 'reasoning', 'base_x_tool', 'base_x_reasoning', 'tool_x_reasoning'] as const;
export type Effect = (typeof EFFECTS)[number];

export const MODEL_LABELS: Readonly<Record<Model, string>> = {
  base: 'Base',
  m_reas: 'M_Reas',
  m_tool: 'M_Tool',
  m_uni: 'M_Uni',
  h_tool: 'H_Tool',
  h_reas: 'H_Reas',
  h_both: 'H_Both',
};

/** How each model is made, for a person who brings counts under names of their own. */
export const MODEL_DESCRIPTIONS: Readonly<Record<Model, string>> = {
  base: 'the backbone, untrained',
  m_reas: 'trained with only reasoning tokens in the loss',
  m_tool: 'trained with only tool tokens in the loss',
  m_uni: 'trained with all tokens in the loss',
  h_tool: 'Base writes reasoning tokens, M_Tool writes tool tokens',
  h_reas: 'M_Reas writes reasoning tokens, Base writes tool tokens',
  h_both: 'M_Reas writes reasoning tokens, M_Tool writes tool tokens',
};

export const EFFECT_LABELS: Readonly<Record<Effect, string>> = {
  base: 'base',
  tool: 'tool',
  reasoning: 'reasoning',
  base_x_tool: 'base × tool',
  base_x_reasoning: 'base × reasoning',
  tool_x_reasoning: 'tool × reasoning',
};

export type DesignRow = Readonly<Record<Effect, 0 | 1>>;

function row(base: 0 | 1, tool: 0 | 1, reasoning: 0 | 1, baseTool: 0 | 1, baseReasoning: 0 | 1, toolReasoning: 0 | 1): DesignRow {
  return { base, tool, reasoning, base_x_tool: baseTool, base_x_reasoning: baseReasoning, tool_x_reasoning: toolReasoning };
}

/**
 * x of every model: z = Σ x·λ. The paper gives no row for H_Both. Here an interaction stands for abilities that were
 * trained into the same weights: a hybrid joins separately trained writers and has none (H_Tool and H_Reas have no
 * interaction with base either), which makes its row [1, 1, 1, 0, 0, 0]. Were tool × reasoning a matter of the two
 * abilities meeting in one trajectory, the row would end in 1 and the residual would show λ of tool × reasoning itself.
 */
export const DESIGN: Readonly<Record<Model, DesignRow>> = {
  base: row(1, 0, 0, 0, 0, 0),
  m_reas: row(1, 0, 1, 0, 1, 0),
  m_tool: row(1, 1, 0, 1, 0, 0),
  m_uni: row(1, 1, 1, 1, 1, 1),
  h_tool: row(1, 1, 0, 0, 0, 0),
  h_reas: row(1, 0, 1, 0, 0, 0),
  h_both: row(1, 1, 1, 0, 0, 0),
};

/** Whole-number weights of models' accuracies; models that are not named have weight 0. */
export type Contrast = Readonly<Partial<Record<Model, 1 | -1>>>;

/**
 * The inverse of the design, which is whole (det X = −1): λ = Σ weight · z. Tool × reasoning needs no hybrid. The noise
 * of independent accuracies grows by 1 (base), √2 (the four middle ones) and 2 (tool × reasoning).
 */
export const CONTRASTS: Readonly<Record<Effect, Readonly<Partial<Record<DesignModel, 1 | -1>>>>> = {
  base: { base: 1 },
  tool: { h_tool: 1, base: -1 },
  reasoning: { h_reas: 1, base: -1 },
  base_x_tool: { m_tool: 1, h_tool: -1 },
  base_x_reasoning: { m_reas: 1, h_reas: -1 },
  tool_x_reasoning: { m_uni: 1, m_tool: -1, m_reas: -1, base: 1 },
};

/** What the design says of H_Both: λ_base + λ_tool + λ_reasoning. */
export const H_BOTH_PREDICTION: Contrast = { h_tool: 1, h_reas: 1, base: -1 };

/** Measured less predicted: 0 where the design holds. */
export const H_BOTH_RESIDUAL: Contrast = { h_both: 1, h_tool: -1, h_reas: -1, base: 1 };

/** The four models of tool × reasoning. */
export const INTERACTION_MODELS = ['m_uni', 'm_tool', 'm_reas', 'base'] as const satisfies readonly DesignModel[];

/** Models that a contrast needs, in the order of `MODELS`. */
export function modelsOf(contrast: Contrast): Model[] {
  return MODELS.filter((model) => contrast[model] !== undefined);
}

/**
 * The model of this name, or null. A mapping's names are taken exactly; the models' own names in any case, with
 * underscores, hyphens or blanks (`M-Uni`, `m uni`).
 */
export function resolveModel(name: string, mapping: ReadonlyMap<string, Model> = new Map()): Model | null {
  const trimmed = name.trim();
  const mapped = mapping.get(trimmed);
  if (mapped !== undefined) return mapped;
  const own = trimmed.toLowerCase().replaceAll(/[\s-]+/g, '_');
  return MODELS.find((model) => model === own) ?? null;
}
