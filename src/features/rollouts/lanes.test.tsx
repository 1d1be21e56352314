// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RolloutView } from '../../state/rollouts/types.ts';
import { Lanes } from './lanes.tsx';
import { ResultsTable } from './results-table.tsx';
import { NO_FILTER } from './result-rows.ts';
import { bundledRollouts } from './testing/fixture.ts';

const FIXTURES = bundledRollouts(16);
const { view, rollout } = FIXTURES[1];
let host: HTMLElement;
let root: Root;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

function lanes(shown: RolloutView, writing = false) {
  act(() => root.render(<Lanes view={shown} revision={shown.revision} writing={writing} differsAt={null} label="the rollout" adapters={{ kind: 'own' }} />));
}

const options = () => Array.from(host.querySelectorAll('[role=option]'));

describe('Lanes', () => {
  it('hold every written token, by role, and fold what was read', () => {
    lanes(view);
    const written = view.tokens.filter((token) => token.role === 1 || token.role === 2);
    expect(options().map((option) => option.textContent)).toEqual(written.map((token) => token.piece));
    expect(host.querySelectorAll('details')).toHaveLength(1 + view.searches.length);
    expect(host.querySelectorAll('mark').length).toBeGreaterThan(0);
  });

  it('grow without touching the tokens that stand', () => {
    const tokens = view.tokens.slice(0, 36);
    const growing = { ...view, tokens, searches: [], finished: null, revision: 1 };
    lanes(growing, true);
    const before = options();
    tokens.push(view.tokens[36]);
    lanes({ ...growing, revision: 2 }, true);
    expect(options().slice(0, before.length)).toEqual(before);
    expect(options()).toHaveLength(before.length + 1);
    expect(host.querySelector('[data-lit]')).not.toBeNull();
  });

  it('show the numbers of the token that the keys choose', () => {
    lanes(view);
    const turn = host.querySelector('[role=listbox]')!;
    const press = (key: string) => {
      act(() => {
        turn.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      });
    };
    press('End');
    expect(host.querySelector('[aria-selected=true]')?.textContent).toBe('</search>');
    expect(host.querySelector('[data-token-detail]')?.textContent).toContain('by the tool adapter');
    press('Home');
    expect(host.querySelector('[data-token-detail]')?.textContent).toContain('by the reasoning adapter');
    press('Escape');
    expect(host.querySelector('[data-token-detail]')).toBeNull();
  });
});

describe('ResultsTable', () => {
  it('puts only the rows in sight on the page', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ ...rollout, id: `r${index}` }));
    act(() => root.render(<ResultsTable rollouts={many} writers={['Backbone alone']} shown={null} onShow={() => undefined} sorting={{ key: 'order', descending: false }} onSorting={() => undefined} filter={NO_FILTER} onFilter={() => undefined} />));
    expect(host.querySelector('table')?.getAttribute('aria-rowcount')).toBe('5001');
    expect(host.querySelectorAll('tbody tr').length).toBeLessThan(40);
  });
});
