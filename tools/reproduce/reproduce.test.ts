import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from '../reproduce.ts';
import { newestChange } from './app.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { describe as words, duration } from './progress-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'reproduce-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('parseArguments', () => {
  it('has defaults for everything but the folder', () => {
    expect(parseArguments(['angles', '--out', 'x'])).toEqual({ backbone: null, trajectories: null, params: 'full', seed: 1, groups: 0, out: resolve('x') });
  });

  it('takes every option', () => {
    const model = resolve('public/models/seesaw-tiny');
    const data = resolve('public/datasets/world/rollouts.jsonl');
    expect(parseArguments(['angles', '--backbone', model, '--trajectories', data, '--params=lora', '--seed', '7', '--groups', '3', '--out', folder])).toEqual({ backbone: model, trajectories: data, params: 'lora', seed: 7, groups: 3, out: folder });
    expect(parseArguments(['--help'])).toBe('help');
  });

  it.each<[string[], RegExp]>([
    [[], /Say which experiment/],
    [['leas', '--out', 'x'], /"angles", not "leas"/],
    [['angles'], /--out DIR/],
    [['angles', '--out', 'package.json'], /is a file, not a folder/],
    [['angles', '--out', 'x', '--params', 'half'], /full or lora, not "half"/],
    [['angles', '--out', 'x', '--seed', '-1'], /seed/],
    [['angles', '--out', 'x', '--groups', '1.5'], /--groups takes a whole number/],
    [['angles', '--out', 'x', '--backbone', '/nowhere'], /no folder with a config\.json/],
    [['angles', '--out', 'x', '--trajectories', 'src'], /no such file/],
    [['angles', '--out', 'x', '--colour', 'red'], /--colour/],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
    expect(() => parseArguments(args)).toThrow(UsageError);
  });

  it('gives the exit codes of usage and help', async () => {
    expect(await main(['--help'])).toBe(0);
    expect(await main(['angles'])).toBe(2);
  });
});

describe('newestChange', () => {
  it('looks into folders', () => {
    const file = join(folder, 'a.txt');
    writeFileSync(file, 'x');
    utimesSync(file, 100, 4_000_000_000);
    expect(newestChange(folder)).toBe(4_000_000_000_000);
    expect(newestChange(join(folder, 'none'))).toBe(0);
  });
});

describe('the progress line', () => {
  const status = { status: 'running', phase: 'forward/backward', detail: '2 questions', device: 'd', fraction: 0, tokensPerSecond: 104.6, secondsLeft: 125, analysing: false } as const;
  it('says how far, how fast, how long', () => {
    expect(words(status)).toBe('forward/backward: 2 questions');
    expect(words({ ...status, fraction: 0.4567 })).toBe('forward/backward 45.7 % at 105 tokens/s, 2 min 05 s left');
    expect(words({ ...status, status: 'finished', analysing: true })).toMatch(/analysing/);
  });

  it.each([[7.2, '7 s'], [59.7, '1 min 00 s'], [3661, '1 h 01 min']])('writes %f s as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
