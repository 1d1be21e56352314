import { beforeEach, describe, expect, it } from 'vitest';
import type { RetrieverChoice } from '../../agent/choices.ts';
import { QWEN } from '../../agent/environment.ts';
import { DEFAULT_LEAS, DEFAULT_TRAINED, setLeasSettings, useLeasSettings } from './settings-store.ts';
import { applyLeasQuery, currentLeasQuery, useLeasUrl } from './settings-url.ts';

beforeEach(() => {
  useLeasSettings.setState(DEFAULT_LEAS);
  useLeasUrl.setState({ autoStart: false, reports: [], unknown: [] });
});

/** The settings that another browser has from this one's address. */
function shared(query: string): typeof DEFAULT_LEAS {
  useLeasSettings.setState(DEFAULT_LEAS);
  applyLeasQuery(query);
  return useLeasSettings.getState();
}

describe('the settings of LEAS in the address', () => {
  it('are nothing at the defaults', () => {
    expect(currentLeasQuery()).toBe('');
    applyLeasQuery('');
    expect(useLeasSettings.getState()).toEqual(DEFAULT_LEAS);
  });

  it('go there and back', () => {
    setLeasSettings({
      models: { ...DEFAULT_TRAINED, seeds: [4, 9], totalRank: 16 },
      sets: [{ label: 'A', questions: { kind: 'bundled', name: 'hotpotqa-100' }, maxQuestions: 30 }],
      samples: 4,
      comparisonSamples: 0,
      seed: 3,
      keep: false,
    });
    const before = useLeasSettings.getState();
    const query = currentLeasQuery();
    expect(shared(query)).toEqual(before);
    expect(currentLeasQuery()).toBe(query);
    expect(useLeasUrl.getState().reports).toEqual([]);
  });

  it.each<RetrieverChoice>([
    { kind: 'bundled', corpus: 'hotpotqa-100' },
    { kind: 'stored', name: 'wiki.jsonl' },
    { kind: 'server', url: 'http://127.0.0.1:8000/retrieve', timeoutMs: 30_000, retries: 2 },
  ])('name the retriever: $kind', (retriever) => {
    setLeasSettings({ retriever });
    expect(shared(currentLeasQuery()).retriever).toEqual(retriever);
    expect(useLeasUrl.getState().reports).toEqual([]);
  });

  it('leave a server its patience where it is the one that the address names', () => {
    const server = { kind: 'server', url: 'http://127.0.0.1:8000/retrieve', timeoutMs: 5000, retries: 0 } as const;
    setLeasSettings({ retriever: server });
    applyLeasQuery(currentLeasQuery());
    expect(useLeasSettings.getState().retriever).toEqual(server);
  });

  it('keep an opened corpus here, and say elsewhere what a link cannot hold', () => {
    const file = { kind: 'file', name: 'mine.jsonl', blob: new Blob(['{}']) } as const;
    setLeasSettings({ retriever: file });
    const query = currentLeasQuery();
    applyLeasQuery(query);
    expect(useLeasSettings.getState().retriever).toBe(file);
    expect(shared(query).retriever).toEqual(DEFAULT_LEAS.retriever);
    expect(useLeasUrl.getState().reports.join(' ')).toMatch(/corpus “mine\.jsonl”.*open the file here too/);
  });

  it('name the dialect and thinking that is switched off', () => {
    setLeasSettings({ environment: { ...QWEN, thinking: false } });
    const query = currentLeasQuery();
    expect(query).toMatch(/dialect=qwen.*thinking=0/);
    expect(shared(query).environment).toEqual({ ...QWEN, thinking: false });
    applyLeasQuery('dialect=qwen');
    expect(useLeasSettings.getState().environment).toEqual(QWEN);
  });

  it('take run=1 as a wish and keep what is not known', () => {
    applyLeasQuery('later=1&run=1');
    expect(useLeasUrl.getState()).toMatchObject({ autoStart: true, unknown: [['later', '1']] });
    expect(currentLeasQuery()).toContain('later=1');
  });
});
