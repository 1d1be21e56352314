import { describe, expect, it } from 'vitest';
import { DEFAULT_SEESAW_SETTINGS } from '../../state/seesaw/settings-store.ts';
import { corpusRemark, toggled } from './data-choices.ts';

const a = { kind: 'bundled', name: 'world-a-train' } as const;
const file = { kind: 'file', name: 'mine.jsonl', blob: new Blob() } as const;

describe('training sets', () => {
  it('come and go, but for the last', () => {
    expect(toggled([a], file)).toEqual([a, file]);
    expect(toggled([a, file], file)).toEqual([a]);
    expect(toggled([a], a)).toEqual([a]);
  });

  it('are told where the corpus does not hold their answers', () => {
    expect(corpusRemark(DEFAULT_SEESAW_SETTINGS)).toBe('');
    const foreign = { ...DEFAULT_SEESAW_SETTINGS, retriever: { kind: 'bundled', corpus: 'hotpotqa-100' } as const };
    expect(corpusRemark(foreign)).toMatch(/^World A, train and World B, train and World A, held out are answered by passages/);
    expect(corpusRemark({ ...foreign, retriever: { kind: 'stored', name: 'x' } })).toBe('');
    expect(corpusRemark({ ...foreign, objective: { kind: 'supervised', name: 'x', trajectories: new Blob() } })).toMatch(/^World A, held out is answered/);
  });
});
