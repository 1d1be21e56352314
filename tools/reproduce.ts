import { reproduceAngles } from './reproduce/angles.ts';
import { reproduceLeas } from './reproduce/leas.ts';
import { reproduceLeasRun } from './reproduce/leas-run.ts';
import { reproduceModel } from './reproduce/model.ts';
import { reproduceRollouts } from './reproduce/rollouts.ts';
import { reproduceSeesaw } from './reproduce/seesaw.ts';
import { parseArguments, USAGE, UsageError } from './reproduce/arguments.ts';

/**
 * `npm run reproduce -- angles|rollouts|seesaw|leas|model … --out DIR`: runs an experiment in a headless browser, by the very code of the page, and
 * writes its files; leas from counts needs no browser. Returns the exit code: 0 done, 1 the run failed, 2 wrong usage.
 */
export async function main(args: string[]): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed === 'help') {
      console.log(USAGE);
      return 0;
    }
    if (parsed.experiment === 'model') return (await reproduceModel(parsed)) ? 0 : 1;
    if (parsed.experiment === 'angles') await reproduceAngles(parsed);
    else if (parsed.experiment === 'rollouts') await reproduceRollouts(parsed);
    else if (parsed.experiment === 'leas') await reproduceLeas(parsed);
    else if (parsed.experiment === 'leas-run') await reproduceLeasRun(parsed);
    else await reproduceSeesaw(parsed);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    console.error(`\nNothing was written. ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
