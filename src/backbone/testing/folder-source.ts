import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BackboneError, type BackboneSource } from '../types.ts';

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

/** A folder of the repository as a source, for tests. */
export function folderSource(folder: string): BackboneSource {
  const paths = walk(folder).map((path) => relative(folder, path).replaceAll('\\', '/'));
  return {
    name: folder,
    list: () => Promise.resolve(paths),
    open: (path) => (paths.includes(path) ? Promise.resolve(new Blob([readFileSync(join(folder, path))])) : Promise.reject(new BackboneError(`${path} is missing in ${folder}.`))),
  };
}
