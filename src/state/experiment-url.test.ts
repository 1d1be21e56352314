// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_EXPERIMENT, setAnalysis, setExperiment, useExperiment } from './experiment-store.ts';
import { applyQuery, connectAddress, currentQuery, useUrl } from './experiment-url.ts';
import { useSources } from './sources-store.ts';
import { setView } from './view-store.ts';

beforeEach(() => {
  useExperiment.setState(DEFAULT_EXPERIMENT);
  useSources.setState({ backbone: { kind: 'bundled', name: 'seesaw-tiny' }, data: { kind: 'bundled', name: 'world', url: 'datasets/world/rollouts.jsonl' } });
  setView({ range: 'full' });
  useUrl.setState({ autoStart: false, reports: [], unknown: [] });
  window.location.hash = '';
});

describe('the configuration in the address', () => {
  it('is empty at the defaults', () => {
    expect(currentQuery()).toBe('');
  });
  it('goes there and back', () => {
    setExperiment({ seed: 7, parameterSet: 'lora' });
    setAnalysis({ design: 'halves', layer: 2, target: 'q_proj' });
    setView({ range: 'zoom' });
    const query = currentQuery();
    const before = useExperiment.getState();
    useExperiment.setState(DEFAULT_EXPERIMENT);
    void applyQuery(query);
    expect(useExperiment.getState()).toEqual(before);
    expect(currentQuery()).toBe(query);
  });
  it('keeps what it does not know and says so', () => {
    void applyQuery('later=1');
    expect(useUrl.getState().reports).toHaveLength(1);
    expect(currentQuery()).toContain('later=1');
  });
  it('takes run=1 as a wish, not a setting', () => {
    void applyQuery('run=1');
    expect(useUrl.getState()).toMatchObject({ autoStart: true, reports: [] });
    expect(currentQuery()).toBe('');
  });
  it('says that a file cannot come with a link', () => {
    void applyQuery('data=mine.jsonl');
    expect(useUrl.getState().reports[0]).toContain('mine.jsonl');
    expect(useSources.getState().data.name).toBe('world');
  });
  it('writes changes into the address without a new entry', () => {
    window.location.hash = '#/angles';
    const stop = connectAddress();
    const entries = window.history.length;
    setExperiment({ seed: 9 });
    expect(window.location.hash).toContain('#/angles?');
    expect(window.location.hash).toContain('seed=9');
    expect(window.history.length).toBe(entries);
    stop();
  });
});
