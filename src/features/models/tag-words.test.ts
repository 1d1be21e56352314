import { expect, it } from 'vitest';
import { IDLE_WARM_UP } from '../../state/tag-tokens/tags-store.ts';
import type { TagTokensState } from '../../state/tag-tokens/types.ts';
import type { TagLosses } from '../../training/tag-losses.ts';
import { lossRows, splitWords, warmUpFinding, warmUpProgress } from './tag-words.ts';

const losses = (tag: number, other: number): TagLosses => ({ tag: { tokens: 4, nats: 4 * tag }, after: { tokens: 0, nats: 0 }, other: { tokens: 10, nats: 10 * other }, trajectories: 2 });
const CONFIG = { backbone: 'b', trajectories: 't', preset: 'search-r1', settings: { steps: 50, rate: 1e-3, batch: 8, seed: 1, microBatchTokens: 1 }, maxTokens: 1 } as const;
const STATE: TagTokensState = { ...IDLE_WARM_UP, inspection: { kind: 'none' }, preset: 'search-r1', steps: 50, rate: 1e-3, trained: null, config: CONFIG };

it('says into how many tokens each tag is cut', () => {
  expect(splitWords([{ tag: '<search>', pieces: ['<', 'search', '>'] }, { tag: '<a>', pieces: ['<', 'a', '>', ''] }])).toBe('<search> into 3 tokens, <a> into 4.');
});

it('states what the warm-up showed, either way', () => {
  const measured = { cut: { ...losses(0, 2), tag: { tokens: 0, nats: 0 } }, mean: losses(8, 1.5), trained: losses(0.5, 1.4) };
  expect(warmUpFinding({ ...STATE, status: 'finished', measured })).toBe('After 50 steps the loss of a tag falls from 8.00 to 0.500 nats on 2 held-out trajectories; a whole response takes 8.00 nats, and 10.0 as its tags are cut.');
  expect(warmUpFinding({ ...STATE, status: 'finished', measured: { mean: losses(1, 1), trained: losses(2, 1) } })).toBe('After 50 steps the loss of a tag rises from 1.00 to 2.00 nats on 2 held-out trajectories.');
  expect(warmUpFinding({ ...STATE, status: 'failed', failure: { message: 'No.', remedy: 'x' } })).toBe('No.');
  expect(warmUpFinding({ ...STATE, status: 'running', trajectories: { training: 1, heldOut: 3 } })).toBe('Training on 1 trajectory, 3 held out.');
  const rows = lossRows(measured);
  expect(rows[0]).toEqual(['tags, nats each', '4', '–', '8.00', '0.500']);
  expect(rows[1]).toEqual(['behind a tag, nats each', '0', '–', '–', '–']);
  expect(rows[3]).toEqual(['whole response, nats', '2', '10.00', '23.50', '8.000']);
  expect(lossRows({ cut: measured.cut })).toEqual([]);
});

it('tells how far it is', () => {
  const last = { step: 3, losses: losses(2, 1), norm: 1, rate: 1, tokens: 9 };
  expect(warmUpProgress({ ...STATE, status: 'running', phase: 'train', detail: 'step 4 of 50', secondsLeft: 90, last })).toEqual(['Train', 'step 4 of 50', '2.00 nats a tag in the last step', '1 min 30 s left']);
  expect(warmUpProgress({ ...STATE, status: 'paused', phase: 'load', detail: '' })).toEqual(['Paused']);
});
