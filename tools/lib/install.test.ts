import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'install-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A copy whose node_modules is a link to a folder that was installed so many seconds before the lock file was written. */
function linked(name: string, older: number): { readonly folder: string; readonly target: string } {
  const [folder, target] = [join(root, name), join(root, `${name}-packages`)];
  mkdirSync(folder);
  mkdirSync(target);
  writeFileSync(join(target, '.package-lock.json'), '{}');
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  const now = Date.now() / 1000;
  utimesSync(join(target, '.package-lock.json'), now - older, now - older);
  utimesSync(join(folder, 'package-lock.json'), now, now);
  symlinkSync(target, join(folder, 'node_modules'));
  return { folder, target };
}

function ensure(cwd: string) {
  const script = `import { ensureDependencies } from ${JSON.stringify(pathToFileURL(resolve('tools/lib/install.mjs')).href)}; ensureDependencies();`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd, encoding: 'utf8' });
}

describe('ensureDependencies', () => {
  it('refuses to install through a link, and leaves what is behind it alone', () => {
    const { folder, target } = linked('stale', 60);
    const { status, stdout, stderr } = ensure(folder);
    expect(status).toBe(1);
    expect(stderr.trim()).toMatch(/^node_modules is a symbolic link .* remove the link \(rm node_modules\), then start again\.$/);
    expect(stdout).toBe('');
    expect(readdirSync(target)).toEqual(['.package-lock.json']);
  });

  it('goes on through a link to packages that are up to date', () => {
    expect(ensure(linked('fresh', 0).folder)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});
