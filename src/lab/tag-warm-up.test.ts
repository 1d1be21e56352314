import { describe, expect, it } from 'vitest';
import { readTagTokens, withTagTokensOf } from '../backbone/tag-token-file.ts';
import { loadBackbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { letterTokenizer } from '../backbone/testing/letter-tokenizer.ts';
import { withAddedTags } from '../backbone/tag-tokenizer.ts';
import { readTrajectoryFile } from '../core/trajectory/formats.ts';
import { SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import type { TagLosses } from '../training/tag-losses.ts';
import { RunControl } from './run-control.ts';
import type { TagBench } from './tag-bench.ts';
import { tagLessons } from './tag-lessons.ts';
import type { TagWarmUpConfig, TagWarmUpEvent } from './tag-warm-up-events.ts';
import { allTags, runTagWarmUp, type TagDevice, type TagWarmUpParts } from './tag-warm-up.ts';
import { LETTER_CONFIG, letterTrajectories, lettersBackbone } from './testing/tag-warm-up.ts';

const REPORT = { vendor: 'v', architecture: 'a', description: '', software: true, features: [], limits: {} };
const losses = (nats: number): TagLosses => ({ tag: { tokens: 4, nats }, after: { tokens: 2, nats: 1 }, other: { tokens: 9, nats: 2 }, trajectories: 2 });

/** A bench whose losses fall with every step; `checkpoint` is passed as often as a real one would. */
function device(log: string[], fault: Promise<Error> = new Promise(() => undefined)): TagDevice {
  return {
    report: REPORT,
    fault,
    createBench: (_, __, checkpoint, onCompiled) => {
      onCompiled(1, 1);
      let steps = 0;
      const bench: TagBench = {
        measure: async (lessons, ids, told) => {
          log.push(`measure ${lessons.length} after ${steps} with ${ids.length}`);
          await checkpoint();
          told(lessons.length);
          return losses(10 - steps);
        },
        begin: ({ rows, ids, lessons, settings }) => {
          log.push(`begin ${ids.length} on ${lessons.length}`);
          return {
            rows: { embedding: rows.embedding.map((value) => value + 1), head: rows.head },
            step: async (step) => {
              await checkpoint();
              steps += 1;
              return { step, losses: losses(10 - steps), norm: 1, rate: settings.rate, tokens: 100 };
            },
          };
        },
        destroy: () => log.push('destroyed'),
      };
      return Promise.resolve(bench);
    },
  };
}

interface Options {
  readonly config?: Partial<TagWarmUpConfig>;
  readonly parts?: Partial<TagWarmUpParts>;
  readonly onEvent?: (event: TagWarmUpEvent, control: RunControl) => void;
}

async function run({ config = {}, parts = {}, onEvent = () => undefined }: Options = {}): Promise<{ events: TagWarmUpEvent[]; log: string[] }> {
  const events: TagWarmUpEvent[] = [];
  const log: string[] = [];
  const control = new RunControl();
  await runTagWarmUp(
    { ...LETTER_CONFIG, ...config },
    { openDevice: () => Promise.resolve(device(log)), loadBackbone: () => lettersBackbone(), loadTrajectories: () => Promise.resolve(letterTrajectories()), ...parts },
    control,
    (event) => {
      events.push(event);
      onEvent(event, control);
    },
  );
  return { events, log };
}

const of = <Type extends TagWarmUpEvent['type']>(events: readonly TagWarmUpEvent[], type: Type) => events.filter((event): event is Extract<TagWarmUpEvent, { readonly type: Type }> => event.type === type);

describe('a warm-up of tag tokens', () => {
  it('measures held-out questions three ways, trains, and gives a file that opens on its backbone', async () => {
    const { events, log } = await run();
    expect(log).toEqual(['measure 4 after 0 with 8', 'begin 8 on 8', 'measure 4 after 0 with 8', 'measure 4 after 3 with 8', 'destroyed']);
    const [ready] = of(events, 'ready');
    expect(ready).toMatchObject({ training: 8, heldOut: 4, problems: [], notes: [] });
    expect(ready.tags[2]).toEqual({ tag: '<search>', id: 37, pieces: Array.from('<search>') });
    expect(of(events, 'measured').map(({ state, losses: { tag } }) => [state, tag.nats])).toEqual([['cut', 10], ['mean', 10], ['trained', 7]]);
    expect(of(events, 'step').map(({ report }) => report.losses.tag.nats)).toEqual([9, 8, 7]);
    const [finished] = of(events, 'finished');
    expect(events.at(-1)).toBe(finished);
    const file = await readTagTokens(new Blob([finished.file]));
    expect(file.about).toMatchObject({ tags: allTags(SEARCH_R1_TAGS), how: finished.how, training: { steps: 3, training: 8, before: losses(10), after: losses(7) } });
    expect(finished.how).toMatch(/^trained 3 steps, [0-9a-f]{7}$/);
    const made = await withTagTokensOf(await lettersBackbone(), file);
    expect(made.name).toBe(`fixtures/golden/qwen2-f32 + 8 tag tokens (${finished.how})`);
    expect(new Set(of(events, 'phase').map(({ phase }) => phase))).toEqual(new Set(['load', 'compile', 'measure', 'train', 'confirm']));
    expect(of(events, 'phase').filter(({ phase }) => phase === 'train').map(({ secondsLeft }) => secondsLeft !== null)).toEqual([false, true, true]);
  });

  it('pauses between micro-batches, goes on, and can be cancelled with nothing left behind', async () => {
    const paused = await run({
      onEvent: (event, control) => {
        if (event.type === 'step' && event.report.step === 0) control.pause();
        if (event.type === 'paused') setTimeout(() => control.resume(), 1);
      },
    });
    expect(paused.events.map(({ type }) => type).filter((type) => type === 'paused' || type === 'resumed' || type === 'finished')).toEqual(['paused', 'resumed', 'finished']);
    const cancelled = await run({ onEvent: (event, control) => (event.type === 'step' && event.report.step === 1 ? control.cancel() : undefined) });
    expect(cancelled.events.at(-1)?.type).toBe('cancelled');
    expect(of(cancelled.events, 'step')).toHaveLength(2);
    expect(cancelled.log.at(-1)).toBe('destroyed');
  });

  it.each([
    ['a tokenizer that has the tags', { loadBackbone: () => loadBackbone(folderSource('public/models/seesaw-tiny')) }, {}, /Every tag of this dialect is a token .* already/],
    ['a quantised head', { loadBackbone: () => lettersBackbone('qwen2-q4') }, {}, /The head of this file is quantised/],
    ['a single question', { loadTrajectories: () => Promise.resolve(letterTrajectories(['ab'])) }, {}, /at least two questions.*these are of 1 question/],
    ['trajectories of another dialect', {}, { preset: 'qwen' as const }, /No response contains <tool_call>/],
    ['no steps', {}, { settings: { ...LETTER_CONFIG.settings, steps: 0 } }, /at least one step/],
  ])('is refused for %s, in one sentence', async (_, parts, config, message) => {
    const { events } = await run({ parts, config });
    const last = events.at(-1);
    if (last?.type !== 'failed') throw new Error(`It ended with ${last?.type}.`);
    expect(last.failure.message).toMatch(message);
    expect(last.failure.remedy).not.toBe('');
  });

  it('tells a lost device, also while the bench is being made', async () => {
    const log: string[] = [];
    const { events } = await run({ parts: { openDevice: () => Promise.resolve({ ...device(log, Promise.resolve(new Error('device lost'))), createBench: () => new Promise<TagBench>(() => undefined) }) } });
    expect(events.at(-1)).toMatchObject({ type: 'failed' });
  });
});

describe('demonstrations', () => {
  const letters = letterTokenizer();
  const added = withAddedTags(letters, allTags(SEARCH_R1_TAGS), letters.vocabSize);
  const options = { tags: SEARCH_R1_TAGS, maxTokens: 512, vocabSize: 97, seed: 3 };

  it('keep a question’s rollouts on one side, pass over foreign token ids, and are shorter with the tags as tokens', async () => {
    const { training, heldOut, cut } = tagLessons(await readTrajectoryFile(letterTrajectories()), letters, added, options);
    const text = ({ tokens }: { tokens: Uint32Array }): string => added.decode(tokens);
    const questions = (lessons: readonly { tokens: Uint32Array }[]): Set<string> => new Set(lessons.map((lesson) => /user\n(\w+)/.exec(text(lesson))![1]));
    expect([...questions(training)].filter((question) => questions(heldOut).has(question))).toEqual([]);
    expect(questions(training).size + questions(heldOut).size).toBe(6);
    expect(cut.map(text)).toEqual(heldOut.map(text));
    heldOut.forEach(({ tokens }, index) => expect(tokens.length).toBeLessThan(cut[index].tokens.length));
  });

  it('lose their end where they are too long, at the same character of both tokenisations', async () => {
    const { heldOut, cut, notes } = tagLessons(await readTrajectoryFile(letterTrajectories()), letters, added, { ...options, maxTokens: 24 });
    expect(notes.at(-1)).toBe('12 trajectories are longer than 24 tokens and lose their end.');
    expect(heldOut.every(({ tokens, roles }) => tokens.length === 24 && roles.length === 24)).toBe(true);
    expect(cut.map(({ tokens }) => letters.decode(tokens))).toEqual(heldOut.map(({ tokens }) => added.decode(tokens)));
  });
});
