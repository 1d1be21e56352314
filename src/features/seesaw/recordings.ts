/** A training run that comes with the page: its file in public/recordings, and one sentence on what it is there for. */
export interface Recording {
  readonly file: string;
  readonly says: string;
}

/** In the order in which they are offered. Arms, seeds, steps, device and date are read from the records at build. */
export const RECORDINGS: readonly Recording[] = [
  { file: 'seesaw-seeds.json', says: 'The experiment: one adapter, DART, and each skill trained alone, every one from several seeds.' },
  { file: 'seesaw-controls.json', says: 'What routing does without roles: strict masks, two agents, shuffled roles, halves and PCGrad.' },
  { file: 'seesaw-joint-dart.json', says: 'The page’s own question, briefly: one adapter for everything beside one for each skill.' },
];
