import { LEAS_ARMS, type LeasArm } from '../core/leas/writers.ts';
import type { TrainedArm } from './leas-events.ts';
import type { AdapterFile } from './seesaw-events.ts';

/** `joint-1`, as the seesaw page and the command line name the folder of an arm's training seed. */
const FOLDER = new RegExp(`^(${LEAS_ARMS.join('|')})-(\\d{1,15})$`);

/**
 * Trained arms among files whose paths have a folder ARM-SEED (`joint-1/adapter-0/adapter_config.json`), whatever stands
 * before it. Arms that LEAS does not use and files elsewhere are passed over. By seed, arms in the order of `LEAS_ARMS`.
 */
export function trainedArmsAmong(files: readonly AdapterFile[]): readonly TrainedArm[] {
  const found = new Map<string, { readonly arm: LeasArm; readonly seed: number; readonly files: AdapterFile[] }>();
  for (const { path, blob } of files) {
    const parts = path.split('/');
    const at = parts.findIndex((part) => FOLDER.test(part));
    const [, name, seed] = (at < 0 ? null : FOLDER.exec(parts[at])) ?? [];
    const arm = LEAS_ARMS.find((known) => known === name);
    if (arm === undefined || at === parts.length - 1) continue;
    const key = `${arm} ${Number(seed)}`;
    const entry = found.get(key) ?? { arm, seed: Number(seed), files: [] };
    found.set(key, entry);
    entry.files.push({ path: parts.slice(at + 1).join('/'), blob });
  }
  return [...found.values()]
    .filter(({ files: own }) => own.some(({ path }) => path.endsWith('adapter_config.json')))
    .sort((a, b) => a.seed - b.seed || LEAS_ARMS.indexOf(a.arm) - LEAS_ARMS.indexOf(b.arm));
}
