import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSeesawRecordText, type SeesawRecord } from '../../core/record/seesaw-record.ts';
import { recordingFacts } from '../../replay/recording-facts.ts';
import { seesawSteps } from '../../replay/seesaw-steps.ts';
import { shownConfig } from '../../state/seesaw/restore-config.ts';
import { SeesawRun } from '../../state/seesaw/seesaw-run.ts';
import { standardArms } from '../../training/arms.ts';
import { groupByArm, shownArms } from './arm-runs.ts';
import { commonStep, findingOf } from './finding.ts';
import { RECORDINGS } from './recordings.ts';

const FOLDER = new URL('../../../public/recordings/', import.meta.url);
const read = (file: string): SeesawRecord => parseSeesawRecordText(readFileSync(new URL(file, FOLDER), 'utf8'));

describe('the recordings that come with the page', () => {
  it.each(RECORDINGS.map(({ file }) => file))('%s plays to its end and says something', (file) => {
    const record = read(file);
    const run = new SeesawRun(shownConfig(record.config));
    for (const { make } of seesawSteps(record)) run.apply(make());
    expect(run.snapshot().status).toBe('finished');
    for (const { status, steps, points, arm } of run.runs()) {
      expect(status).toBe('finished');
      expect(steps).toHaveLength(arm.trained ? record.config.training.steps : 0);
      expect(points.length).toBeGreaterThan(0);
    }
    const arms = shownArms(groupByArm(run.runs(), new Set()));
    expect(findingOf(arms, commonStep(arms) ?? 0)?.sentence).toMatch(/%/);
  });

  it('are all of the folder, each once, and are labelled from what they hold', () => {
    const files = RECORDINGS.map(({ file }) => file);
    expect([...files].sort()).toEqual(readdirSync(FOLDER).filter((name) => name.startsWith('seesaw-')).sort());
    expect(__SEESAW_RECORDINGS__).toEqual(files.map((file) => ({ file, ...recordingFacts(read(file)) })));
    for (const { says } of RECORDINGS) expect(says).not.toMatch(/\d/);
  });

  it('together hold every arm', () => {
    const recorded = new Set(RECORDINGS.flatMap(({ file }) => read(file).config.arms.map(({ id }) => id)));
    expect(standardArms().map(({ id }) => id).filter((id) => !recorded.has(id))).toEqual([]);
  });
});
