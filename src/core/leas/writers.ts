import { MODELS, type Model } from './models.ts';

/** What stands beside the hybrids: two routed adapters trained together (DART), each of them alone, and two agents. */
export const COMPARED = ['dart', 'dart_reasoning', 'dart_tool', 'two_agents'] as const;
export type Compared = (typeof COMPARED)[number];

/** Everything that LEAS rolls out. */
export const LEAS_WRITERS = [...MODELS, ...COMPARED] as const;
export type LeasWriter = Model | Compared;

/** `fixed`: every search returns the question's gold passages. */
export const RETRIEVALS = ['search', 'fixed'] as const;
export type Retrieval = (typeof RETRIEVALS)[number];

export const WRITER_LABELS: Readonly<Record<LeasWriter, string>> = {
  base: 'Base',
  m_reas: 'M_Reas',
  m_tool: 'M_Tool',
  m_uni: 'M_Uni',
  h_tool: 'H_Tool',
  h_reas: 'H_Reas',
  h_both: 'H_Both',
  dart: 'DART',
  dart_reasoning: 'DART, reasoning adapter alone',
  dart_tool: 'DART, tool adapter alone',
  two_agents: 'Two agents',
};

/** Arms whose adapters LEAS takes. */
export const LEAS_ARMS = ['joint', 'reasoning-only', 'tool-only', 'dart', 'two-agents'] as const;
export type LeasArm = (typeof LEAS_ARMS)[number];

/** Arms that must be trained for a writer. */
export const ARMS_OF: Readonly<Record<LeasWriter, readonly LeasArm[]>> = {
  base: [],
  m_reas: ['reasoning-only'],
  m_tool: ['tool-only'],
  m_uni: ['joint'],
  h_tool: ['tool-only'],
  h_reas: ['reasoning-only'],
  h_both: ['reasoning-only', 'tool-only'],
  dart: ['dart'],
  dart_reasoning: ['dart'],
  dart_tool: ['dart'],
  two_agents: ['two-agents'],
};

/** What is rolled out for the table beside the hybrids; with fixed retrieval reasoning alone is left. */
export const COMPARISON_CELLS: readonly { readonly writer: LeasWriter; readonly retrieval: Retrieval }[] = [
  ...LEAS_WRITERS.map((writer) => ({ writer, retrieval: 'search' as const })),
  ...(['base', 'm_reas', 'm_uni', 'dart', 'two_agents'] as const).map((writer) => ({ writer, retrieval: 'fixed' as const })),
];
