import { WORLD } from '../../agent/environment.ts';
import type { StorageFolder } from '../../agent/retriever/storage-folder.ts';
import { standardArms } from '../../training/arms.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';
import type { SeesawRunConfig } from '../seesaw-events.ts';

const named = (...ids: string[]) => standardArms(4).filter(({ id }) => ids.includes(id));

/** Two arms on a few short questions. */
export const SEESAW_CONFIG: SeesawRunConfig = {
  backbone: 'seesaw-tiny',
  arms: named('joint', 'dart'),
  seeds: [1],
  objective: { kind: 'grpo' },
  training: { ...DEFAULT_TRAINING, steps: 2, questions: 2, samples: 4, warmUp: 0 },
  trainSets: [{ kind: 'bundled', name: 'world-a-train' }],
  retriever: { kind: 'bundled', corpus: 'world' },
  environment: WORLD,
  evaluation: { questions: { kind: 'bundled', name: 'world-a-heldout' }, maxQuestions: 2, samples: 1, every: 2, seed: 9 },
  batch: 8,
  provider: 'auto',
  checkpointEvery: 1,
};

/** Chosen standard arms at a total rank of 4. */
export const armsNamed = named;

/** A folder in memory. `free`: bytes that it still allows. */
export function memoryFolder(free: () => number | null = () => null): StorageFolder & { readonly files: Map<string, Blob>; interrupt: boolean } {
  const files = new Map<string, Blob>();
  const folder = {
    files,
    /** The next write breaks off. */
    interrupt: false,
    names: () => Promise.resolve([...files.keys()]),
    read: (name: string) => Promise.resolve(files.get(name) ?? null),
    write(name: string, contents: Blob): Promise<void> {
      if (folder.interrupt) return Promise.reject(new Error('The page was closed.'));
      files.set(name, contents);
      return Promise.resolve();
    },
    remove(name: string): Promise<void> {
      files.delete(name);
      return Promise.resolve();
    },
    free: () => Promise.resolve(free()),
  };
  return folder;
}
