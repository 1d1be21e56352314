import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute } from './route.ts';

describe('route', () => {
  it('reads pages and their query', () => {
    expect(parseRoute('')).toEqual({ page: 'home', known: true, query: '' });
    expect(parseRoute('#/angles?seed=7&run=1')).toEqual({ page: 'angles', known: true, query: 'seed=7&run=1' });
    expect(parseRoute('#/device/')).toEqual({ page: 'device', known: true, query: '' });
  });
  it('says when an address is not a page', () => {
    expect(parseRoute('#/../../etc')).toEqual({ page: 'home', known: false, query: '' });
  });
  it('writes what it reads', () => {
    expect(formatRoute('angles', 'seed=7')).toBe('#/angles?seed=7');
    expect(parseRoute(formatRoute('home')).page).toBe('home');
  });
});
