import { describe, expect, it } from 'vitest';
import { CheckpointStore, checkpointBlob, readCheckpoint } from './checkpoints.ts';
import type { CheckpointHeader } from './seesaw-events.ts';
import { plainConfig } from './seesaw-plan.ts';
import { memoryFolder, SEESAW_CONFIG } from './testing/seesaw.ts';

const RUN = { arm: 'dart', seed: 1 };
const HASH = 'f'.repeat(64);
const STATE = { step: 4, values: Float32Array.of(0.1, -2, 3e-9), m: Float32Array.of(1, 2, 3), v: Float32Array.of(4, 5, 6) };
const measured = { value: 1 / 3, error: null };

function header(step: number, change: Partial<CheckpointHeader> = {}): CheckpointHeader {
  const evaluation = { rollouts: 1, exactMatch: measured, f1: measured, toolSkill: measured, reasoningSkill: null, byHops: [], wellFormed: 1, searches: 0.1, perQuestion: { exactMatch: [1 / 3], f1: [1 / 3], toolSkill: [1 / 3], reasoningSkill: null }, milliseconds: 1 };
  return { version: 1, run: RUN, step, configSha256: HASH, saved: `2026-11-22T03:00:0${step}.000Z`, config: plainConfig(SEESAW_CONFIG), reports: [], points: [{ step: 0, evaluation }], ...change };
}

describe('a checkpoint file', () => {
  it('holds every bit of header and state', async () => {
    const read = await readCheckpoint(checkpointBlob(header(2), STATE));
    expect(read).toEqual({ header: header(2), state: STATE });
    const frozen = [{ step: 1, adapters: [0] }, { step: 2, adapters: [] }];
    expect((await readCheckpoint(checkpointBlob(header(2, { frozen }), STATE))).header.frozen).toEqual(frozen);
  });

  it('is refused with a sentence when cut off, foreign or of another version', async () => {
    const whole = checkpointBlob(header(2), STATE);
    await expect(readCheckpoint(whole.slice(0, whole.size - 4))).rejects.toThrow(/cut off/);
    await expect(readCheckpoint(new Blob(['12']))).rejects.toThrow(/cut off/);
    await expect(readCheckpoint(new Blob(['a text of some length']))).rejects.toThrow(/not one of this page/);
    const newer: unknown = { ...header(2), version: 2 };
    await expect(readCheckpoint(checkpointBlob(newer as CheckpointHeader, STATE))).rejects.toThrow(/another version/);
  });
});

describe('CheckpointStore', () => {
  it('keeps the newest of each run, finds it again, and lists and removes', async () => {
    const store = new CheckpointStore(memoryFolder());
    await store.save(header(1), STATE);
    await store.save(header(3), STATE);
    await store.save(header(2, { run: { arm: 'joint', seed: 2 }, configSha256: 'e'.repeat(64) }), STATE);
    const listed = await store.list();
    expect(listed.map((kept) => [kept.header.run.arm, kept.header.step])).toEqual([['dart', 3], ['joint', 2]]);
    expect((await store.find(RUN, HASH))?.header.step).toBe(3);
    expect(await store.find({ arm: 'dart', seed: 2 }, HASH)).toBeNull();
    expect(await store.find(RUN, 'd'.repeat(64))).toBeNull();
    await store.remove(listed[0].id);
    expect(await store.find(RUN, HASH)).toBeNull();
    expect(await store.open(listed[1].id)).toMatchObject({ header: { run: { arm: 'joint' } } });
  });

  it('leaves the last good one where writing breaks off or nothing fits, and passes over what is broken', async () => {
    let free: number | null = null;
    const folder = memoryFolder(() => free);
    const store = new CheckpointStore(folder);
    await store.save(header(1), STATE);
    folder.interrupt = true;
    await expect(store.save(header(2), STATE)).rejects.toThrow(/closed/);
    folder.interrupt = false;
    free = 4 * 1024 * 1024 + 10;
    await expect(store.save(header(2), STATE)).rejects.toThrow(/needs 0\.0 MB, and the browser allows/);
    expect((await store.find(RUN, HASH))?.header.step).toBe(1);
    // What an interrupted change has left: a broken file, and two whole ones.
    folder.files.set(`${HASH.slice(0, 24)}-broken.checkpoint`, new Blob(['half']));
    folder.files.set(`${HASH.slice(0, 24)}-other.checkpoint`, checkpointBlob(header(2), STATE));
    expect((await store.find(RUN, HASH))?.header.step).toBe(2);
    free = null;
    await store.save(header(3), STATE);
    expect(folder.files.size).toBe(1);
  });
});
