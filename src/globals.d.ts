import type { RecordingFacts } from './replay/recording-facts.ts';

declare global {
  const __APP_VERSION__: string;
  const __APP_COMMIT__: string;
  /** What the recordings of training in public/recordings hold, read at build. */
  const __SEESAW_RECORDINGS__: readonly ({ readonly file: string } & RecordingFacts)[];
}
