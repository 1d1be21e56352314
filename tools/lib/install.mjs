import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';

/** Installs the locked dependencies when node_modules is missing or older than the lock file; leaves with one clear line where it is a link. */
export function ensureDependencies() {
  const marker = 'node_modules/.package-lock.json';
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync('package-lock.json').mtimeMs - 1000) return;
  if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm follows the link and empties the folder behind it, which may be another copy's.
    console.error('node_modules is a symbolic link and its packages are missing or out of date, but npm ci would empty the folder that it points to: remove the link (rm node_modules), then start again.');
    process.exit(1);
  }
  console.log('Installing dependencies (npm ci)…');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
}

/** Leaves with one clear line on a Node that is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 11)) return;
  console.error(`Seesaw needs Node 20.11 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
