import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseLeasRecord } from '../../src/core/leas/record.ts';
import { sha256Hex } from '../../src/core/record/canonical-json.ts';
import { main } from '../reproduce.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { leasFiles } from './leas.ts';

const folder = mkdtempSync(join(tmpdir(), 'leas-'));
afterAll(() => rmSync(folder, { recursive: true }));

const counts = join(folder, 'counts.csv');
const TEXT = `question,model,k,n,hops\n${Array.from({ length: 12 }, (_, index) => ['base', 'm_tool', 'ours', 'm_uni'].map((model, at) => `q${index},${model},${(7 * index + 5 * at) % 30},50,2`).join('\n')).join('\n')}\nbad,base,9,3,1\nq0,who,1,2,1\n`;
writeFileSync(counts, TEXT);

describe('arguments', () => {
  it('without counts are those of a run', () => {
    expect(parseArguments(['leas', '--out', 'x'])).toEqual({
      experiment: 'leas-run', models: 'bundled', seeds: null, steps: null, sets: ['world-a-heldout', 'world-b-heldout'], questions: 60, samples: 16, comparisonSamples: 8, temperature: 1, seed: 1,
      batch: null, provider: null, scale: 'logit', epsilon: null, keep: null, out: resolve('x'),
    });
    expect(parseArguments(['leas', '--out', 'x', '--models', 'train', '--seeds', '4,5', '--steps', '9', '--sets', 'world-b-heldout', '--questions', '0', '--comparison-samples', '0', '--keep', 'k', '--provider', 'wasm'])).toMatchObject({
      models: 'train', seeds: [4, 5], steps: 9, sets: ['world-b-heldout'], questions: 0, comparisonSamples: 0, keep: resolve('k'), provider: 'wasm',
    });
    expect(parseArguments(['leas', '--out', 'x', '--models', folder])).toMatchObject({ models: { folder } });
  });

  it('have defaults, and are all taken', () => {
    expect(parseArguments(['leas', '--counts', counts, '--out', 'x'])).toEqual({ experiment: 'leas', counts, scale: 'logit', epsilon: null, mapping: new Map(), seed: 1, out: resolve('x') });
    expect(parseArguments(['leas', '--counts', counts, '--out', folder, '--scale', 'log-failure', '--epsilon=0.001', '--map', 'a=b=m_uni, their name = H_Tool', '--seed', '7'])).toEqual({
      experiment: 'leas', counts, scale: 'log-failure', epsilon: 0.001, mapping: new Map([['a=b', 'm_uni'], ['their name', 'h_tool']]), seed: 7, out: folder,
    });
  });

  it.each<[string[], RegExp]>([
    [['leas', '--out', 'x', '--map', 'a=base'], /--map is not an option of leas without --counts/],
    [['leas', '--out', 'x', '--models', '/nowhere'], /train, bundled or a folder/],
    [['leas', '--out', 'x', '--seeds', '1'], /belong to --models train/],
    [['leas', '--out', 'x', '--sets', 'world-a-heldout,hotpotqa-100'], /sets of one corpus/],
    [['leas', '--out', 'x', '--temperature', '0'], /above 0/],
    [['leas', '--out', 'x', '--samples', '0'], /from 1 on/],
    [['leas', '--counts', counts], /--out DIR/],
    [['leas', '--counts', '/nowhere', '--out', 'x'], /there is no such file/],
    [['leas', '--counts', counts, '--out', 'x', '--scale', 'odds'], /logit, probability or log-failure, not "odds"/],
    [['leas', '--counts', counts, '--out', 'x', '--epsilon', '0.5'], /between 0 and 0\.5/],
    [['leas', '--counts', counts, '--out', 'x', '--epsilon', ''], /between 0 and 0\.5/],
    [['leas', '--counts', counts, '--out', 'x', '--scale', 'probability', '--epsilon', '0.1'], /no meaning/],
    [['leas', '--counts', counts, '--out', 'x', '--map', 'a=m_both'], /not "a=m_both"/],
    [['leas', '--counts', counts, '--out', 'x', '--map', 'm_uni'], /NAME=MODEL/],
    [['leas', '--counts', counts, '--out', 'x', '--map', 'a=base,a=m_uni'], /"a" twice/],
    [['leas', '--counts', counts, '--out', 'x', '--seed', '-1'], /seed/],
    [['leas', '--counts', counts, '--out', 'x', '--samples', '3'], /--samples is not an option of leas with --counts/],
    [['angles', '--out', 'x', '--counts', counts], /--counts is not an option of angles/],
  ])('refuse %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
    expect(() => parseArguments(args)).toThrow(UsageError);
  });

  it('give exit codes', async () => {
    expect(await main(['leas', '--out', folder, '--map', 'a=base'])).toBe(2);
    const empty = join(folder, 'empty.csv');
    writeFileSync(empty, '');
    expect(await main(['leas', '--counts', empty, '--out', join(folder, 'none')])).toBe(1);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

describe('files', () => {
  it('hold the record and the table, and the report says what was read and found', async () => {
    const out = join(folder, 'out');
    const report = await leasFiles({ experiment: 'leas', counts, scale: 'logit', epsilon: null, mapping: new Map([['ours', 'm_reas']]), seed: 3, out });
    const record = parseLeasRecord(JSON.parse(readFileSync(join(out, 'record.json'), 'utf8')));
    expect(record.hashes.counts).toBe(await sha256Hex(TEXT));
    expect(record.app.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(record.config).toMatchObject({ settings: { seed: 3 }, mapping: { ours: 'm_reas' } });
    expect(record.sets[0].seeds[0].questions).toHaveLength(12);
    expect(record.sets[0].analysis.runs[0].worlds.map(({ world }) => world)).toEqual(['logit_additive', 'independent_failures', 'two_stages']);
    const lines = readFileSync(join(out, 'lambda.csv'), 'utf8').trimEnd().split('\r\n');
    expect(lines).toHaveLength(13);
    expect(lines[0]).toMatch(/^question,base,tool,reasoning,base_x_tool,base_x_reasoning,tool_x_reasoning,se_tool_x_reasoning,/);
    for (const part of ['48 rows of counts, 2 left out:', 'line 50: k is 9, more than n, 3', 'Unknown models, for --map: who (1 rows)', 'tool × reasoning, probability', 'world: two independent stages', 'published: Qwen2.5-3B, HotpotQA', record.sets[0].analysis.finding, record.sets[0].analysis.caveat, 'Written to']) expect(report).toContain(part);
  });
});
