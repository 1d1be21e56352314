import type { RolloutTask, runRollouts } from '../../agent/rollouts.ts';
import type { Writing } from '../../agent/types.ts';
import type { RoutedSession } from '../../inference/types.ts';
import type { LeasEvent, LeasRollout, LeasRunConfig, TrainedArm } from '../leas-events.ts';
import type { LeasParts } from '../leas-parts.ts';
import { runLeas } from '../leas-run.ts';
import { LeasStore } from '../leas-store.ts';
import { RunControl } from '../run-control.ts';
import { fakeRollout, fakeSession, question } from './fake-rollouts.ts';
import { LEAS_CONFIG, trainedSeed } from './leas.ts';
import { memoryFolder } from './seesaw.ts';
import { DEVICE, tinyBackbone } from './tiny.ts';

type Of<Type extends LeasEvent['type']> = Extract<LeasEvent, { readonly type: Type }>;

/** Events of one type. */
export function all<Type extends LeasEvent['type']>(events: readonly LeasEvent[], type: Type): Of<Type>[] {
  return events.filter((event): event is Of<Type> => event.type === type);
}

/** The rollouts that were told, in order. */
export const told = (events: readonly LeasEvent[]): LeasRollout[] => all(events, 'rollouts').flatMap(({ rollouts }) => rollouts);
/** Where a rollout belongs, in words. */
export const place = ({ set, seed, writer, retrieval, question: asked, sample }: LeasRollout): string => `${set} ${seed} ${writer} ${retrieval} ${asked} ${sample}`;

/** Set, training seed, writer, retrieval and sample, as a task's random numbers are named. */
export const namesOf = ({ draws = '' }: RolloutTask): unknown[] => JSON.parse(draws) as unknown[];

/** A task with the writing and session that it was given. */
export interface Asked {
  readonly task: RolloutTask;
  readonly writing: Writing;
  readonly session: RoutedSession;
  readonly retriever: string;
}

export interface LeasSetup {
  readonly config?: Partial<LeasRunConfig>;
  readonly arms?: readonly TrainedArm[];
  readonly provider?: 'wasm' | 'webgpu';
  readonly fault?: () => Promise<Error>;
  readonly folder?: ReturnType<typeof memoryFolder>;
  readonly parts?: Partial<LeasParts>;
  readonly onEvent?: (event: LeasEvent, control: RunControl) => void;
  readonly onAsked?: (asked: Asked, control: RunControl) => void;
}

export interface DoneLeas {
  readonly events: readonly LeasEvent[];
  /** Calls of the loop. */
  readonly chunks: readonly (readonly Asked[])[];
  readonly parameters: number;
  readonly sessions: readonly RoutedSession[];
}

const PENDING = (): Promise<Error> => new Promise<Error>(() => undefined);
const retrieverOf = (description: string) => ({ description, search: () => Promise.resolve([]) });

/** Runs LEAS to its end on a clock of its own, with a loop that answers every question at once. */
export async function runTinyLeas({ config = {}, arms, provider = 'wasm', fault = PENDING, folder = memoryFolder(), parts, onEvent, onAsked }: LeasSetup = {}): Promise<DoneLeas> {
  const backbone = await tinyBackbone();
  const given = arms ?? (await trainedSeed(1));
  const events: LeasEvent[] = [];
  const chunks: Asked[][] = [];
  const sessions: RoutedSession[] = [];
  const control = new RunControl();
  let parameters = 0;
  let clock = 0;
  const generate: typeof runRollouts = async (tasks, options) => {
    const chunk: Asked[] = [];
    chunks.push(chunk);
    let tokens = 0;
    for (const task of tasks) {
      await options.checkpoint();
      const { retriever } = options;
      const asked = { task, ...options.writers[task.writer], retriever: (typeof retriever === 'function' ? retriever(task.question) : retriever).description };
      chunk.push(asked);
      onAsked?.(asked, control);
      options.onRollout(fakeRollout(task));
      options.onStep?.({ sampling: 0, environment: 0, tokens: (tokens += 5) });
    }
    return { sampling: 0, environment: 0, tokens };
  };
  await runLeas(
    { ...LEAS_CONFIG, models: { kind: 'given', name: 'test', arms: given }, ...config },
    {
      openDevice: () => Promise.resolve({ report: DEVICE, fault: fault(), createDecoder: () => Promise.reject(new Error('not needed')) }),
      loadBackbone: () => Promise.resolve(backbone),
      loadQuestions: (choice) => {
        const name = choice.kind === 'bundled' ? choice.name : 'file';
        return Promise.resolve({ name, questions: [1, 2, 3, 4, 5].map((number) => question(`${name}-${number}`)), problems: [] });
      },
      createRetriever: () => Promise.resolve({ retriever: retrieverOf('BM25'), gold: () => retrieverOf('Gold'), problems: [] }),
      train: () => Promise.reject(new Error('not asked for')),
      loadBundled: () => Promise.resolve([]),
      openSession: (_, { layout }) => {
        const session = { ...fakeSession(provider, layout.spec.count), sharesParameters: false, setParameters: () => void (parameters += 1) };
        sessions.push(session);
        return Promise.resolve({ session, report: { provider, measured: [], reason: 'It is the only one.' } });
      },
      openStore: () => Promise.resolve(new LeasStore(folder)),
      samples: () => null,
      generate,
      now: () => (clock += 10),
      breathe: () => Promise.resolve(),
      ...parts,
    },
    control,
    (event) => {
      events.push(event);
      onEvent?.(event, control);
    },
  );
  return { events, chunks, parameters, sessions };
}
