import { beforeEach, expect, it, vi } from 'vitest';
import { writeTagTokens } from '../../backbone/tag-token-file.ts';
import type { TagWarmUpEvent } from '../../lab/tag-warm-up-events.ts';
import type { TagReportResult, TagReports } from '../../worker/protocol.ts';
import { BUNDLED_BACKBONE, useSources } from '../sources-store.ts';
import { LabTagTokens, type TagTokensClient } from './lab-tag-tokens.ts';
import { baseName, modeOf, useTagTokens } from './tags-store.ts';

const KEPT = { kind: 'kept', key: 'k', name: 'org/qwen' } as const;
const REPORTS: TagReports = {
  'search-r1': { split: [{ tag: '<search>', pieces: ['<', 'search', '>'] }, { tag: '</search>', pieces: ['</', 'search', '>'] }], refusal: null },
  qwen: { split: [{ tag: '<answer>', pieces: ['<', 'answer', '>'] }], refusal: null },
};
const LOSSES = { tag: { tokens: 2, nats: 3 }, after: { tokens: 1, nats: 1 }, other: { tokens: 9, nats: 4 }, trajectories: 1 };

function setup(answer: (backbone: string) => Promise<TagReportResult> = () => Promise.resolve({ reports: REPORTS })) {
  let tell: (event: TagWarmUpEvent) => void = () => undefined;
  const client = {
    tagReports: vi.fn<TagTokensClient['tagReports']>(({ name }) => answer(name)),
    startTagWarmUp: vi.fn<TagTokensClient['startTagWarmUp']>(),
    subscribeTagWarmUp: (listener: (event: TagWarmUpEvent) => void) => {
      tell = listener;
      return () => undefined;
    },
    pause: vi.fn(),
    resume: vi.fn(),
    cancel: vi.fn(),
  };
  return { client, tags: new LabTagTokens(client), tell: (event: TagWarmUpEvent) => tell(event) };
}

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (tell: () => void) => setTimeout(tell, 0));
  useTagTokens.setState(useTagTokens.getInitialState(), true);
  useSources.setState({ ...useSources.getInitialState(), backbone: KEPT }, true);
});

async function inspected() {
  const made = setup();
  made.tags.inspect();
  await vi.waitFor(() => expect(useTagTokens.getState().inspection.kind).toBe('known'));
  return made;
}

it('is off until it is chosen, and then stands in the name of the backbone that every page takes', async () => {
  const { tags, client } = await inspected();
  expect(modeOf(useSources.getState().backbone)).toBe('off');
  tags.choose('mean');
  const { backbone } = useSources.getState();
  expect(backbone).toEqual({ ...KEPT, name: 'org/qwen + 2 tag tokens (mean of the words)', tagTokens: { baseName: 'org/qwen', tags: ['<search>', '</search>'], rows: 'mean' } });
  expect([modeOf(backbone), baseName(backbone)]).toEqual(['mean', 'org/qwen']);
  // The same backbone is not asked about twice, with or without its tags.
  tags.inspect();
  expect(client.tagReports).toHaveBeenCalledTimes(1);
  tags.set({ preset: 'qwen' });
  expect(useSources.getState().backbone.name).toBe('org/qwen + 1 tag token (mean of the words)');
  tags.choose('off');
  expect(useSources.getState().backbone).toEqual(KEPT);
  // Nobody has trained anything.
  tags.choose('trained');
  expect(useSources.getState().backbone).toEqual(KEPT);
});

it('passes over what is said of a backbone that is no longer chosen, and asks again after a failure', async () => {
  const settle: ((result: TagReportResult) => void)[] = [];
  const { tags } = setup(() => new Promise((resolve) => settle.push(resolve)));
  tags.inspect();
  useSources.setState({ backbone: { ...KEPT, name: 'org/other' } });
  tags.inspect();
  settle[0]({ reports: REPORTS });
  await Promise.resolve();
  expect(useTagTokens.getState().inspection).toEqual({ kind: 'asking', backbone: 'org/other' });
  settle[1]({ failure: { message: 'gone', remedy: 'again' } });
  await vi.waitFor(() => expect(useTagTokens.getState().inspection.kind).toBe('failed'));
  tags.inspect();
  expect(settle).toHaveLength(3);
});

it('warms up the plain backbone, and uses what was trained', async () => {
  const { tags, client, tell } = await inspected();
  tags.choose('mean');
  tags.set({ steps: 7, rate: 0.01 });
  tags.start();
  const [config, backbone] = client.startTagWarmUp.mock.calls[0];
  expect(config).toMatchObject({ backbone: 'org/qwen', preset: 'search-r1', settings: { steps: 7, rate: 0.01, batch: 8 } });
  expect(backbone).toEqual(KEPT);
  tell({ type: 'ready', at: 0, backbone: { name: 'org/qwen', sha256: 's' }, tags: [{ tag: '<search>', id: 9, pieces: [] }], training: 5, heldOut: 2, problems: [], notes: ['n'] });
  tell({ type: 'measured', at: 1, state: 'mean', losses: LOSSES });
  tell({ type: 'paused', at: 2 });
  await vi.waitFor(() => expect(useTagTokens.getState()).toMatchObject({ status: 'paused', trajectories: { training: 5, heldOut: 2 }, measured: { mean: LOSSES } }));
  tell({ type: 'finished', at: 3, seconds: 1, file: Uint8Array.of(1), sha256: 'h', how: 'trained 7 steps, abc' });
  expect(useSources.getState().backbone).toMatchObject({ name: 'org/qwen + 1 tag token (trained 7 steps, abc)', tagTokens: { rows: { sha256: 'h' } } });
  expect(modeOf(useSources.getState().backbone)).toBe('trained');
  await vi.waitFor(() => expect(useTagTokens.getState().status).toBe('finished'));
  tags.choose('off');
  tags.choose('trained');
  expect(modeOf(useSources.getState().backbone)).toBe('trained');
  // On another backbone they are not offered.
  useSources.setState({ backbone: { ...KEPT, name: 'org/other' } });
  tags.choose('trained');
  expect(modeOf(useSources.getState().backbone)).toBe('off');
});

it('keeps another backbone that was chosen while it trained', async () => {
  const { tags, tell } = await inspected();
  tags.start();
  useSources.setState({ backbone: BUNDLED_BACKBONE });
  tell({ type: 'finished', at: 3, seconds: 1, file: Uint8Array.of(1), sha256: 'h', how: 'trained' });
  expect(useSources.getState().backbone).toEqual(BUNDLED_BACKBONE);
  expect(useTagTokens.getState().trained).toBeNull();
  await vi.waitFor(() => expect(useTagTokens.getState().trained?.baseName).toBe('org/qwen'));
});

it('opens rows of a file for the chosen backbone, and not for one that has its tags as tokens', async () => {
  const { tags } = setup();
  const about = { version: 1 as const, tags: ['<search>'], ids: [7], base: { name: 'org/qwen@1', sha256: 's' }, how: 'trained 2 steps', training: { steps: 2, rate: 1, batch: 1, seed: 1, trajectories: 't', dataSha256: 'd', training: 1, before: LOSSES, after: LOSSES } };
  const blob = new Blob([writeTagTokens({ about, rows: { embedding: Float32Array.of(1, 2), head: null } })]);
  const opened = await tags.open(blob, 'tag_tokens.safetensors');
  expect(opened).toMatchObject({ kind: 'opened', what: expect.stringContaining('<search> is a single token of org/qwen') as unknown });
  expect(useSources.getState().backbone.name).toBe('org/qwen + 1 tag token (trained 2 steps)');
  useSources.setState({ backbone: BUNDLED_BACKBONE });
  expect(await tags.open(blob, 'x')).toMatchObject({ kind: 'refused', remedy: expect.stringContaining('org/qwen@1') as unknown });
  await expect(tags.open(new Blob(['no']), 'x')).rejects.toThrow(/safetensors/);
});
