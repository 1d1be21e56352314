import type { LeasArm } from '../../core/leas/writers.ts';
import type { TrainedArm } from '../../lab/leas-events.ts';
import { trainedArmsAmong } from '../../lab/trained-arms.ts';
import { unzipped } from '../adapter-zip.ts';
import { refusal } from '../open-files.ts';
import type { OpenedFile, OpenResult } from '../session.ts';
import { useSources } from '../sources-store.ts';
import type { LeasPorts } from './leas-ports.ts';
import { setLeasSettings } from './settings-store.ts';

/** The least that LEAS needs of a training seed. */
const NEEDED: readonly LeasArm[] = ['joint', 'reasoning-only', 'tool-only'];

/** What is missing for tool × reasoning, as a sentence; null where some training seed has all. */
function missingArms(arms: readonly TrainedArm[]): string | null {
  const seeds = [...new Set(arms.map(({ seed }) => seed))];
  const lacks = seeds.map((seed) => NEEDED.filter((arm) => !arms.some((one) => one.seed === seed && one.arm === arm)));
  if (lacks.some((missing) => missing.length === 0)) return null;
  if (seeds.length === 0) return `There is no folder named ARM-SEED among these files (such as ${NEEDED.map((arm) => `${arm}-1`).join(', ')}).`;
  return `No training seed has all of ${NEEDED.join(', ')}: ${seeds.map((seed, index) => `seed ${seed} lacks ${lacks[index].join(' and ')}`).join('; ')}.`;
}

/** Training seeds of these arms, in order. */
export function seedsOf(arms: readonly TrainedArm[]): readonly number[] {
  return [...new Set(arms.map(({ seed }) => seed))].sort((a, b) => a - b);
}

/** Makes the models among these files those of the next run, if they are enough for it. */
function giveArms(name: string, files: readonly OpenedFile[]): OpenResult {
  const arms = trainedArmsAmong(files);
  const missing = missingArms(arms);
  if (missing !== null) return { kind: 'refused', message: missing, remedy: 'Open a folder or a zip with one PEFT folder an arm and seed: joint-1, reasoning-only-1, tool-only-1, and dart-1 and two-agents-1 for the table beside the hybrids.' };
  setLeasSettings({ models: { kind: 'given', name, arms } });
  const seeds = seedsOf(arms);
  return { kind: 'opened', what: `${arms.length} trained models (${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`}) from ${name} are those of the next run.`, page: 'leas' };
}

/** Takes the models that the seesaw page has trained, and their backbone. */
export function takeArms(trained: ReturnType<LeasPorts['trained']>): OpenResult {
  if (trained === null) return { kind: 'refused', message: 'Nothing is trained on the seesaw page in this visit.', remedy: 'Train Joint, Reasoning only and Tool only there first; a recording holds no adapters.' };
  const result = giveArms('seesaw page', trained.files);
  if (result.kind === 'opened') useSources.setState({ backbone: trained.backbone });
  return result;
}

/** Takes models from files: PEFT folders, or zip files of them. Never throws. */
export async function openArms(files: readonly OpenedFile[]): Promise<OpenResult> {
  try {
    return giveArms(files[0]?.path.split('/')[0] ?? 'adapters', await unzipped(files));
  } catch (error) {
    return refusal(error);
  }
}
