import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseAngles } from '../angles/analyse.ts';
import { DEFAULT_ANGLE_SETTINGS } from '../angles/settings.ts';
import { gramOf, modulesOf, noisyTrajectories } from '../testing/synthetic-gram.ts';
import { canonicalJson, sha256Hex } from './canonical-json.ts';
import { recordJson } from './read-record.ts';
import { RecordError, buildAngleRecord, fromDigits, gramOfRecord, parseRunRecord, toDigits } from './run-record.ts';
import type { AngleRecordInput } from './run-record.ts';

const MODULES = modulesOf(1, ['q_proj'], 20);
const GRAM = gramOf(noisyTrajectories({ groups: 2, rollouts: 2, dimension: 20, modules: MODULES, seed: 1 }), MODULES);
const SETTINGS = { ...DEFAULT_ANGLE_SETTINGS, draws: 50 };

function input(more: Partial<AngleRecordInput> = {}): AngleRecordInput {
  return {
    app: { version: '0.1.0', commit: 'abc' },
    createdAt: new Date('2026-11-22T03:00:00Z'),
    config: { backbone: 'tiny', tags: { think: { open: '<think>', close: '</think>' } }, seed: 1, layer: 'all' },
    seeds: { run: 1, analysis: 1 },
    hashes: { weights: 'w', data: 'd' },
    backbone: { name: 'tiny', parameters: 542_176, quantisation: 'f32' },
    device: { vendor: 'v', architecture: 'a', description: '', software: true, features: ['shader-f16'], limits: { maxBufferSize: 1 } },
    browser: 'Chromium',
    timings: { seconds: 12.5, peakGpuBytes: 1e6 },
    views: GRAM.trajectories.map(({ id, group, question }) => ({ id, group, question, goldenAnswers: ['x'], reward: 1, pieces: ['a', 'b'], roles: Uint8Array.of(0, 2), adapters: Uint8Array.of(1, 0), spans: [{ role: 'tool', kind: 'tool', start: 1, end: 2 }] })),
    problems: [{ line: 3, reason: 'bad' }],
    tokens: 8,
    timeline: { phases: [{ at: 0, phase: 'load', detail: '' }], inventoryAt: 5, progress: [], blocks: [{ at: 10, group: 'g0', spans: 6 }], finishedAt: 20 },
    gram: GRAM,
    analysis: analyseAngles(GRAM, SETTINGS),
    ...more,
  };
}

async function refused(change: (record: Record<string, unknown>) => unknown): Promise<string> {
  const record = JSON.parse(JSON.stringify(await buildAngleRecord(input()))) as Record<string, unknown>;
  try {
    parseRunRecord(change(record));
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined })).toBe('{"b":[1,{"c":"é","d":null}]}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses what JSON cannot hold and names the place', () => {
    expect(() => canonicalJson({ a: [Number.NaN] })).toThrow('$.a[0] is NaN');
    expect(() => canonicalJson({ a: new Map() })).toThrow('$.a is not plain data');
    expect(() => canonicalJson(() => 1)).toThrow('function');
  });

  it('hashes as SHA-256', async () => {
    expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(await sha256Hex(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('run record', () => {
  it('comes back from its text, with the Gram bit for bit and the same analysis', async () => {
    const record = await buildAngleRecord(input());
    const again = parseRunRecord(JSON.parse(JSON.stringify(record)));
    expect(again).toEqual(record);
    expect(gramOfRecord(again)).toEqual(GRAM);
    const analysis = analyseAngles(gramOfRecord(again)!, again.analysis.settings);
    expect(analysis.finding).toBe(again.analysis.finding);
    expect(analysis.rows.map(({ degrees }) => degrees)).toEqual(again.analysis.rows.degrees);
    expect(fromDigits(again.inventory.views[0].roles)).toEqual(Uint8Array.of(0, 2));
    expect(toDigits(Uint8Array.of(0, 3))).toBe('03');
  });

  it('holds partial runs, and Grams that lie elsewhere', async () => {
    const empty = { ...GRAM, blocks: [], spans: GRAM.spans.map((span) => ({ ...span, loss: Number.NaN })) };
    const record = await buildAngleRecord(input({ gram: empty, analysis: analyseAngles(empty, SETTINGS), device: null }));
    expect(record.analysis.modules.medians.RR).toEqual([null]);
    expect(JSON.stringify(record)).not.toContain('NaN');
    const elsewhere = await buildAngleRecord(input({ gramReference: { href: 'gram.json', sha256: '0'.repeat(64) } }));
    expect(gramOfRecord(elsewhere)).toBeNull();
  });

  it('is refused with the place and the reason', async () => {
    expect(() => parseRunRecord(5)).toThrow('This is not a Seesaw run record');
    expect(() => recordJson('{"format":')).toThrow(/not valid JSON, perhaps cut off/);
    expect(await refused((record) => ({ ...record, version: 9 }))).toMatch(/has version 9; this page reads version 1/);
    expect(await refused((record) => ({ ...record, configSha256: 'x' }))).toBe('The run record is malformed at configSha256: not a SHA-256 in hexadecimal.');
    expect(await refused((record) => ({ ...record, timeline: undefined }))).toMatch(/malformed at timeline/);
    expect(await refused((record) => ({ ...record, inventory: { ...(record.inventory as object), views: [] } }))).toBe('The run record shows 0 trajectories but measured 4.');
  });
});
