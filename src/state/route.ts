/** Addresses live in the fragment, so the page works from any static host: `#/angles?seed=7&run=1`. */

export const PAGES = ['home', 'angles', 'rollouts', 'seesaw', 'leas', 'trajectories', 'device'] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  readonly page: Page;
  /** False for an address that no page has; the page shown is then home. */
  readonly known: boolean;
  /** Without the question mark. */
  readonly query: string;
}

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const mark = text.indexOf('?');
  const path = (mark < 0 ? text : text.slice(0, mark)).replace(/\/+$/, '');
  const query = mark < 0 ? '' : text.slice(mark + 1);
  if (path === '') return { page: 'home', known: true, query };
  const page = PAGES.find((name) => name === path);
  return page ? { page, known: true, query } : { page: 'home', known: false, query };
}

export function formatRoute(page: Page, query = ''): string {
  return `#/${page === 'home' ? '' : page}${query === '' ? '' : `?${query}`}`;
}
