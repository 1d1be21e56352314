import { existsSync, openAsBlob, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BackboneError, type BackboneSource } from '../../src/backbone/types.ts';

/** A folder on disk as a source of a model's files, which are read by slices as in a browser. @throws BackboneError when there is no such folder. */
export function folderSource(folder: string): BackboneSource {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new BackboneError(`There is no folder ${folder}.`);
  const walk = (at: string): string[] => readdirSync(at, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? walk(join(at, entry.name)) : [join(at, entry.name)]));
  const paths = walk(folder).map((path) => relative(folder, path).replaceAll('\\', '/'));
  return {
    name: folder,
    list: () => Promise.resolve(paths),
    open: (path) =>
      paths.includes(path) ? openAsBlob(join(folder, path)) : Promise.reject(new BackboneError(`${folder} has no file ${path}.`)),
  };
}
