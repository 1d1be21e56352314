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
    expect(parseArguments(['angles', '--out', 'x'])).toEqual({ experiment: 'angles', backbone: null, trajectories: null, params: 'full', seed: 1, groups: 0, out: resolve('x') });
  });

  it('takes every option', () => {
    const model = resolve('public/models/seesaw-tiny');
    const data = resolve('public/datasets/world/rollouts.jsonl');
    expect(parseArguments(['angles', '--backbone', model, '--trajectories', data, '--params=lora', '--seed', '7', '--groups', '3', '--out', folder])).toEqual({ experiment: 'angles', backbone: model, trajectories: data, params: 'lora', seed: 7, groups: 3, out: folder });
    expect(parseArguments(['model'])).toEqual({ experiment: 'model', folder: null, tokens: 32, file: null });
    expect(parseArguments(['model', '--folder', model, '--tokens', '128', '--out', 'check.json'])).toEqual({ experiment: 'model', folder: model, tokens: 128, file: resolve('check.json') });
    expect(parseArguments(['--help'])).toBe('help');
  });

  it.each<[string[], RegExp]>([
    [[], /Say which experiment/],
    [['figures', '--out', 'x'], /"angles", "rollouts", "seesaw", "leas" or "model", not "figures"/],
    [['angles'], /--out DIR/],
    [['angles', '--out', 'package.json'], /is a file, not a folder/],
    [['angles', '--out', 'x', '--params', 'half'], /full or lora, not "half"/],
    [['angles', '--out', 'x', '--seed', '-1'], /seed/],
    [['angles', '--out', 'x', '--groups', '1.5'], /--groups takes a whole number/],
    [['angles', '--out', 'x', '--backbone', '/nowhere'], /no folder with a config\.json/],
    [['angles', '--out', 'x', '--trajectories', 'src'], /no such file/],
    [['angles', '--out', 'x', '--colour', 'red'], /--colour/],
    [['angles', '--out', 'x', '--samples', '3'], /--samples is not an option of angles/],
    [['rollouts', '--out', 'x', '--params', 'lora'], /--params is not an option of rollouts/],
    [['seesaw', '--out', 'x', '--seed', '3'], /--seed is not an option of seesaw/],
    [['seesaw'], /--out DIR/],
    [['seesaw', '--out', 'x', '--arms', 'joint,dort'], /--arms takes some of base, joint.*not "dort"/],
    [['seesaw', '--out', 'x', '--arms', ','], /--arms names none/],
    [['seesaw', '--out', 'x', '--arms', 'dart,dart'], /names one twice/],
    [['seesaw', '--out', 'x', '--seeds', '1,one'], /--seeds takes a whole number/],
    [['seesaw', '--out', 'x', '--seeds', '2,2'], /different whole numbers/],
    [['seesaw', '--out', 'x', '--samples', '1'], /--samples takes a whole number from 2 on/],
    [['seesaw', '--out', 'x', '--steps', '0'], /--steps takes a whole number from 1 on/],
    [['seesaw', '--out', 'x', '--rate', 'fast'], /--rate takes numbers from 0 to 10/],
    [['seesaw', '--out', 'x', '--rank', '7'], /--rank takes an even number/],
    [['seesaw', '--out', 'x', '--schedule', 'linear'], /constant or cosine, not "linear"/],
    [['seesaw', '--out', 'x', '--train', 'mine.jsonl'], /--train takes some of world-a-heldout/],
    [['model', '--tokens', '4'], /--tokens takes a whole number from 8 on, not 4/],
    [['model', '--folder', '/nowhere'], /--folder \/nowhere is no folder with a config\.json/],
    [['model', '--out', '.'], /--out takes the name of a file/],
    [['model', '--seed', '1'], /--seed is not an option of model/],
    [['rollouts'], /--out DIR/],
    [['rollouts', '--out', 'x', '--questions', 'nothing'], /neither a file nor one of world-a-heldout/],
    [['rollouts', '--out', 'x', '--questions', 'package.json'], /need a --corpus or a --retriever/],
    [['rollouts', '--out', 'x', '--corpus', 'moon'], /--corpus moon is neither/],
    [['rollouts', '--out', 'x', '--corpus', 'world', '--retriever', 'http://a/'], /not both/],
    [['rollouts', '--out', 'x', '--retriever', 'localhost:8000'], /takes an address/],
    [['rollouts', '--out', 'x', '--samples', '0'], /from 1 on/],
    [['rollouts', '--out', 'x', '--batch', 'many'], /--batch takes a whole number/],
    [['rollouts', '--out', 'x', '--temperature=-1'], /--temperature takes a number/],
    [['rollouts', '--out', 'x', '--temperature', ''], /--temperature takes a number/],
    [['rollouts', '--out', 'x', '--provider', 'cuda'], /auto, wasm or webgpu, not "cuda"/],
    [['rollouts', '--out', 'x', '--dialect', 'latin'], /--dialect takes/],
    [['rollouts', '--out', 'x', '--model', '/nowhere'], /--model \/nowhere is no folder/],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
    expect(() => parseArguments(args)).toThrow(UsageError);
  });

  it('takes training with the page’s defaults, and every option', () => {
    const defaults = { steps: null, questions: null, samples: null, rates: null, kl: null, epochs: null, schedule: null, denominator: null, rank: null, trainSets: null, evalSet: null, evalQuestions: null, evalSamples: null, evalEvery: null, batch: null, provider: null, keep: null };
    expect(parseArguments(['seesaw', '--out', 'x'])).toEqual({ experiment: 'seesaw', model: null, arms: ['joint', 'dart'], seeds: [1], ...defaults, out: resolve('x') });
    const all = 'seesaw --arms base,dart-strict --seeds 1,2,3 --steps 5 --questions 4 --samples 6 --rate 1e-3,2e-3 --kl 0.001 --epochs 2 --schedule cosine --denominator ability --rank 8 --train world-b-train --eval-set world-b-heldout --eval-questions 0 --eval-samples 3 --eval-every 0 --batch 16 --provider wasm --out x';
    expect(parseArguments(all.split(' '))).toEqual({
      experiment: 'seesaw', model: null, arms: ['base', 'dart-strict'], seeds: [1, 2, 3], steps: 5, questions: 4, samples: 6, rates: [1e-3, 2e-3], kl: 0.001, epochs: 2, schedule: 'cosine', denominator: 'ability', rank: 8,
      trainSets: ['world-b-train'], evalSet: 'world-b-heldout', evalQuestions: 0, evalSamples: 3, evalEvery: 0, batch: 16, provider: 'wasm', keep: null, out: resolve('x'),
    });
  });

  it('takes rollouts with the corpus that belongs to their questions, and every option', () => {
    expect(parseArguments(['rollouts', '--out', 'x'])).toEqual({
      experiment: 'rollouts', model: null, questions: { kind: 'bundled', name: 'world-a-heldout' }, corpus: { kind: 'bundled', name: 'world' }, retriever: null, dialect: 'world',
      samples: 4, maxQuestions: 0, temperature: 1, batch: 8, provider: 'auto', inOrder: false, seed: 1, out: resolve('x'),
    });
    const questions = 'public/datasets/hotpotqa-100/questions.jsonl';
    const model = 'public/models/seesaw-tiny';
    expect(parseArguments(['rollouts', '--questions', questions, '--retriever', 'http://127.0.0.1:8000/retrieve', '--model', model, '--samples=16', '--max-questions', '9', '--temperature', '0', '--batch', '2', '--provider', 'wasm', '--in-order', '--seed', '3', '--out', folder])).toEqual({
      experiment: 'rollouts', model: resolve(model), questions: { kind: 'file', path: resolve(questions) }, corpus: null, retriever: 'http://127.0.0.1:8000/retrieve', dialect: 'search-r1',
      samples: 16, maxQuestions: 9, temperature: 0, batch: 2, provider: 'wasm', inOrder: true, seed: 3, out: folder,
    });
    expect(parseArguments(['rollouts', '--questions', 'hotpotqa-100', '--out', 'x'])).toMatchObject({ corpus: { kind: 'bundled', name: 'hotpotqa-100' } });
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
