/** Configurations that answer a published figure, as queries of the angle page. */
export const FIGURE_LINKS = [
  { title: 'Angles of single trajectories', query: '', note: 'The paper’s words: R–T within a trajectory, R–R and T–T across the rollouts of a question.' },
  { title: 'The public code’s design', query: 'design=overlap&reasoning=answer&v=1', note: 'Overlapping draws, answers only, advantage-weighted; with its own noise reference.' },
  { title: 'Disjoint halves instead', query: 'design=halves&v=1', note: 'The same averaging without shared rollouts.' },
  { title: 'Everything across', query: 'design=across&range=zoom&v=1', note: 'All three pairs made alike, close to 90°.' },
] as const;
