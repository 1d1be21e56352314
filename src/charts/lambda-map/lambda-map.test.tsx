// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LambdaMap, type LambdaMapProps } from './lambda-map.tsx';

let host: HTMLElement;
let root: Root;

const rows: LambdaMapProps['rows'] = Array.from({ length: 500 }, (_, index) => ({
  id: `q${index}`,
  text: `Question ${index}?`,
  note: '',
  cells: [{ value: -1.5, low: -2, high: -1, saturated: index === 0 }, null],
}));
const base: LambdaMapProps = {
  columns: [
    { key: 'base', label: 'base' },
    { key: 'tool', label: 'tool' },
  ],
  rows,
  domain: 4,
  unit: 'logit',
  selected: null,
  emphasised: null,
  sortedBy: { key: 'tool', ascending: false },
  onSort: vi.fn(),
  onSelect: vi.fn(),
  onHover: vi.fn(),
  height: 300,
  label: 'Coefficients',
};

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  act(() => root.unmount());
  host.remove();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

const show = (props: Partial<LambdaMapProps> = {}) => act(() => root.render(<LambdaMap {...base} {...props} />));
const grid = (): HTMLElement => host.querySelector<HTMLElement>('[role=grid]')!;
const press = (key: string) => act(() => void grid().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
const spoken = (): string => document.getElementById(grid().getAttribute('aria-activedescendant') ?? '')?.textContent ?? '';

describe('LambdaMap', () => {
  it('gives assistive technology the rows around the active one, numbered among all', () => {
    show();
    expect(grid().getAttribute('aria-rowcount')).toBe('501');
    expect(host.querySelectorAll('[role=row]')).toHaveLength(12);
    expect(spoken()).toContain('Question 0?');
    expect(spoken()).toContain('−1.50, 95 % from −2.00 to −1.00, interval excludes 0, held by +½ alone');
    expect(spoken()).toContain('tool not defined');
  });
  it('moves with the keyboard and selects with Enter', () => {
    show();
    press('ArrowDown');
    expect(spoken()).toContain('Question 1?');
    press('End');
    expect(spoken()).toContain('Question 499?');
    expect(document.getElementById(grid().getAttribute('aria-activedescendant') ?? '')?.getAttribute('aria-rowindex')).toBe('501');
    press('ArrowRight');
    expect(spoken()).toBe('base −1.50, 95 % from −2.00 to −1.00, interval excludes 0');
    press('Enter');
    expect(base.onSelect).toHaveBeenCalledWith('q499');
    expect(base.onHover).toHaveBeenLastCalledWith('q499');
  });
  it('keeps to its row when the order changes', () => {
    show();
    press('ArrowDown');
    show({ rows: [...rows].reverse() });
    expect(spoken()).toContain('Question 1?');
  });
  it('sorts by the header and says how it is sorted', () => {
    show();
    act(() => host.querySelector('button')?.click());
    expect(base.onSort).toHaveBeenCalledWith('base');
    expect(base.onSelect).not.toHaveBeenCalled();
    expect([...host.querySelectorAll('[role=columnheader][aria-sort]')].map((header) => header.getAttribute('aria-sort'))).toEqual(['none', 'descending']);
  });
  it('says so when there is nothing', () => {
    show({ rows: [] });
    expect(host.textContent).toContain('No question to show.');
    expect(grid().hasAttribute('aria-activedescendant')).toBe(false);
  });
});
