import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

export function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new UsageError(`${option} takes a whole number from 0 on, not "${text}".`);
  return value;
}

export function outFolder(text: string | undefined): string {
  if (text === undefined || text === '') throw new UsageError('Say where to write with --out DIR.');
  const out = resolve(text);
  if (existsSync(out) && !statSync(out).isDirectory()) throw new UsageError(`--out ${text} is a file, not a folder.`);
  return out;
}

/** A folder in the Hugging Face layout; null where none is given. */
export function modelFolder(text: string | undefined, option: string): string | null {
  if (text === undefined) return null;
  if (!existsSync(join(text, 'config.json'))) throw new UsageError(`${option} ${text} is no folder with a config.json in it.`);
  return resolve(text);
}
