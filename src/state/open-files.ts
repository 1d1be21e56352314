import { isTagTokensFile } from '../backbone/tag-token-file.ts';
import { readTrajectoryFile } from '../core/trajectory/formats.ts';
import type { BackboneChoice, TrajectoriesChoice } from '../worker/protocol.ts';
import { adaptersAmong, isZip, unzipped } from './adapter-zip.ts';
import { looksLikeCounts } from './leas/counts-file.ts';
import type { OpenedFile, OpenResult } from './session.ts';

export type Classified =
  | { readonly kind: 'run'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'seesaw'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'leas'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'counts'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'tag-tokens'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'adapters'; readonly files: readonly OpenedFile[] }
  | { readonly kind: 'backbone'; readonly choice: BackboneChoice; readonly what: string }
  | { readonly kind: 'trajectories'; readonly choice: TrajectoriesChoice; readonly what: string }
  | Extract<OpenResult, { readonly kind: 'refused' }>;

/**
 * What the files are: a folder with a config.json is a backbone, one with an adapter_config.json (or a zip of it)
 * adapters, a safetensors file that says so rows of tag tokens, a JSON that says so is a run record or a Gram, a table with question, model, k and n counts of LEAS, anything
 * else must be trajectories.
 * @throws TrajectoryError when it is not
 */
export async function classifyFiles(given: readonly OpenedFile[]): Promise<Classified> {
  const files = given.length === 1 && (await isZip(given[0].blob)) ? await unzipped(given) : given;
  if (files.some((file) => /(^|\/)config\.json$/.test(file.path) || /\.onnx(_data)?$/.test(file.path))) return backboneOf(files);
  if (adaptersAmong(files)) return { kind: 'adapters', files };
  if (files.length > 1) return { kind: 'refused', message: `${files.length} files were given, and none of them is a backbone’s config.json.`, remedy: 'Open one file of trajectories, one run record or Gram, or the whole folder of a backbone.' };
  const [file] = files;
  const name = file.path.split('/').at(-1) ?? file.path;
  if (await isTagTokensFile(file.blob)) return { kind: 'tag-tokens', blob: file.blob, name };
  const head = await file.blob.slice(0, 4096).text();
  const record = /^\s*\{/.test(head) && /"format"\s*:\s*"seesaw\.run"/.test(head) ? /"kind"\s*:\s*"(seesaw|leas)"/.exec(head)?.[1] : undefined;
  if (record === 'seesaw' || record === 'leas') return { kind: record, blob: file.blob, name };
  if (/^\s*\{/.test(head) && /"format"\s*:\s*"seesaw\.(run|gram)"/.test(head)) return { kind: 'run', blob: file.blob, name };
  if (looksLikeCounts(head)) return { kind: 'counts', blob: file.blob, name };
  const { trajectories, problems, format } = await readTrajectoryFile(file.blob);
  const count = trajectories.length;
  return {
    kind: 'trajectories',
    choice: { kind: 'blob', name, blob: file.blob },
    what: `${name}: ${count} ${count === 1 ? 'trajectory' : 'trajectories'} read (${format})${problems.length > 0 ? `, ${problems.length} left out; first, line ${problems[0].line}: ${problems[0].reason}` : ''}. Press Run to measure them.`,
  };
}

function backboneOf(files: readonly OpenedFile[]): Classified {
  const top = commonFolder(files.map((file) => file.path));
  const inside = files.map((file) => ({ path: file.path.slice(top.length), blob: file.blob }));
  const missing = ['config.json', 'tokenizer.json'].filter((name) => !inside.some((file) => file.path === name));
  if (!inside.some((file) => /\.onnx$/.test(file.path))) missing.push('onnx/model_q4.onnx (or another .onnx)');
  if (missing.length > 0) return { kind: 'refused', message: `This folder is not a complete backbone: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`, remedy: 'Open the whole folder, as onnx-community publishes it.' };
  const name = top.replace(/\/$/, '').split('/').at(-1) || 'opened backbone';
  return { kind: 'backbone', choice: { kind: 'files', name, files: inside }, what: `${name} is the backbone of the next run, which loads it.` };
}

/** The longest folder, with its slash, that all paths share. */
function commonFolder(paths: readonly string[]): string {
  const parts = paths.map((path) => path.split('/').slice(0, -1));
  let depth = 0;
  while (parts.every((folders) => depth < folders.length && folders[depth] === parts[0][depth])) depth += 1;
  return depth === 0 ? '' : `${parts[0].slice(0, depth).join('/')}/`;
}

/** Any thrown value as a sentence with a way out. */
export function refusal(error: unknown): Extract<OpenResult, { readonly kind: 'refused' }> {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof Error && 'remedy' in error && typeof error.remedy === 'string' ? error.remedy : 'Open another file, or choose one that was exported from this page.';
  return { kind: 'refused', message, remedy };
}
