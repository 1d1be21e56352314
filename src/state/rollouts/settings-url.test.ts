// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { QWEN, SEARCH_R1 } from '../../agent/environment.ts';
import { connectAddress } from '../experiment-url.ts';
import { useExperiment } from '../experiment-store.ts';
import { DEFAULT_ROLLOUT_SETTINGS, setRolloutSettings, useRolloutSettings } from './settings-store.ts';
import { applyRolloutQuery, currentRolloutQuery, useRolloutUrl } from './settings-url.ts';
import { formatWriters, parseWriters } from './writers-text.ts';

beforeEach(() => {
  useRolloutSettings.setState(DEFAULT_ROLLOUT_SETTINGS);
  useRolloutUrl.setState({ autoStart: false, reports: [], unknown: [] });
  window.location.hash = '';
});

describe('the rollouts’ settings in the address', () => {
  it('are nothing at the defaults', () => {
    expect(currentRolloutQuery()).toBe('');
    applyRolloutQuery('');
    expect(useRolloutSettings.getState()).toEqual(DEFAULT_ROLLOUT_SETTINGS);
  });

  it('go there and back', () => {
    setRolloutSettings({
      questions: { kind: 'bundled', name: 'hotpotqa-100' },
      retriever: { kind: 'server', url: 'http://127.0.0.1:8000/retrieve', timeoutMs: 5000, retries: 0 },
      environment: { ...SEARCH_R1, maxSearches: 0 },
      sampling: { temperature: 0.7, topP: 0.95, topK: 40 },
      writers: [
        { label: 'a, b; c=d', adapters: { kind: 'untrained', count: 2, rank: 16 }, writing: { kind: 'routed', reasoning: 0, tool: 1 } },
        { label: 'Hybrid', adapters: { kind: 'own' }, writing: { kind: 'agents', reasoning: 'base', tool: 1, keepCaches: false } },
      ],
      samples: 16,
      seed: 7,
      inOrder: true,
      parity: -1,
    });
    const query = currentRolloutQuery();
    const before = useRolloutSettings.getState();
    useRolloutSettings.setState(DEFAULT_ROLLOUT_SETTINGS);
    applyRolloutQuery(query);
    expect(useRolloutSettings.getState()).toEqual(before);
    expect(currentRolloutQuery()).toBe(query);
    expect(useRolloutUrl.getState().reports).toEqual([]);
  });

  it('take Qwen3 without thinking', () => {
    applyRolloutQuery('dialect=qwen&thinking=0');
    expect(useRolloutSettings.getState().environment).toEqual({ ...QWEN, thinking: false });
    applyRolloutQuery('dialect=qwen');
    expect(useRolloutSettings.getState().environment).toEqual(QWEN);
  });

  it('take a dialect with its own limits', () => {
    applyRolloutQuery('dialect=search-r1');
    expect(useRolloutSettings.getState().environment).toEqual(SEARCH_R1);
  });

  it('keep files that are open, and say what a link cannot hold', () => {
    const file = { kind: 'file', name: 'mine.jsonl', blob: new Blob(['{}']) } as const;
    const files = { kind: 'files', name: 'step-9', files: [{ path: 'adapter_config.json', blob: new Blob() }] } as const;
    setRolloutSettings({ questions: file, writers: [{ label: 'W', adapters: files, writing: { kind: 'routed', reasoning: 0, tool: 0 } }] });
    const query = currentRolloutQuery();
    applyRolloutQuery(query);
    expect(useRolloutSettings.getState().questions).toBe(file);
    expect(useRolloutSettings.getState().writers[0].adapters).toBe(files);
    useRolloutSettings.setState(DEFAULT_ROLLOUT_SETTINGS);
    applyRolloutQuery(query);
    expect(useRolloutUrl.getState().reports.join(' ')).toMatch(/mine\.jsonl.*step-9/);
    expect(useRolloutSettings.getState().questions).toEqual(DEFAULT_ROLLOUT_SETTINGS.questions);
  });

  it('keep what is not known, clamp, and take run=1 as a wish', () => {
    applyRolloutQuery('later=1&samples=0&writers=nonsense&run=1');
    expect(useRolloutUrl.getState()).toMatchObject({ autoStart: true, unknown: [['later', '1']] });
    expect(useRolloutUrl.getState().reports).toHaveLength(3);
    expect(useRolloutSettings.getState()).toMatchObject({ samples: 1, writers: DEFAULT_ROLLOUT_SETTINGS.writers });
    expect(currentRolloutQuery()).toContain('later=1');
  });

  it('stand in the address of their own page only', () => {
    window.location.hash = '#/rollouts?seed=5';
    const stop = connectAddress();
    expect(useRolloutSettings.getState().seed).toBe(5);
    expect(useExperiment.getState().seed).toBe(1);
    setRolloutSettings({ samples: 9 });
    expect(window.location.hash).toMatch(/^#\/rollouts\?(?=.*samples=9)(?=.*seed=5)/);
    stop();
  });
});

describe('parseWriters', () => {
  it.each(['', 'a', 'a,none,routed,base', 'a,none,odd,base,base', 'a,none,routed,-1,base', 'a,untrained-0-4,routed,0,1', '%E0,none,routed,base,base'])('refuses %j', (text) => {
    expect(parseWriters(text)).toBeNull();
  });

  it('undoes formatWriters', () => {
    const writers = parseWriters('B%2Cc,files-x%20y,agents,0,1;D,none,routed,base,base')!;
    expect(formatWriters(writers)).toBe('B%2Cc,files-x%20y,agents,0,1;D,none,routed,base,base');
    const three = parseWriters('T,files-t,routed,0,1,2');
    expect(three).toMatchObject([{ writing: { reasoning: 0, tool: 1, answer: 2 } }]);
    expect(formatWriters(three!)).toBe('T,files-t,routed,0,1,2');
    expect(parseWriters('T,files-t,routed,0,1,x')).toBeNull();
  });
});
