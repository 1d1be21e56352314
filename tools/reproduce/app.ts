import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the built page is made from. */
const SOURCES = ['src', 'shaders', 'public', 'fixtures/golden', 'index.html', 'vite.config.ts', 'package-lock.json'];

/** Newest change of a file or of anything in a folder, ms since 1970; 0 where there is none. */
export function newestChange(path: string): number {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), 0);
}

/** Builds the page when dist is missing or older than what it is made from. */
export function buildIfStale(): void {
  const built = existsSync('dist/index.html') ? statSync('dist/index.html').mtimeMs : 0;
  if (SOURCES.every((path) => newestChange(path) <= built)) return;
  console.log('Building the page…');
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error'], { stdio: 'inherit' });
}

/**
 * Serves dist on localhost; returns the address and a way to stop.
 * @param port the only one that is taken, as a browser's storage belongs to an address with its port; null: a free one
 */
export async function serve(port: number | null = null): Promise<{ readonly address: string; close(): Promise<void> }> {
  const { preview } = await import('vite');
  const server = await preview({ logLevel: 'error', preview: { host: '127.0.0.1', port: port ?? 4180, strictPort: port !== null, open: false } });
  const address = server.resolvedUrls?.local[0];
  if (!address) throw new Error('The page could not be served on localhost.');
  return { address, close: () => server.close() };
}
