import type { AngleAnalysis } from '../core/angles/types.ts';
import type { AngleRun } from './angle-run.ts';
import { type Experiment, useExperiment } from './experiment-store.ts';
import type { ExportInput } from './ports.ts';
import type { Origin } from './run-store.ts';
import type { ExportKind } from './session.ts';

/** Everything an export of the run is written from. @throws Error with a sentence when there is nothing to write yet */
export function exportInput(kind: ExportKind, run: AngleRun, origin: Origin, analysis: AngleAnalysis | null): ExportInput {
  const gram = run.gram();
  const { inventory } = run;
  if (!gram || !inventory) throw new Error('Nothing is measured yet.');
  if (!analysis) throw new Error('The angles are still being computed.');
  const experiment = useExperiment.getState();
  return {
    kind,
    gram,
    analysis,
    record: {
      app: { version: __APP_VERSION__, commit: __APP_COMMIT__ },
      createdAt: origin.kind === 'recorded' && origin.date !== '' ? new Date(origin.date) : new Date(),
      config: configOf(run, experiment),
      seeds: { run: experiment.seed, analysis: analysis.settings.seed },
      hashes: { weights: inventory.backbone.sha256, data: inventory.dataSha256 },
      backbone: { name: inventory.backbone.name, parameters: inventory.backbone.parameters, quantisation: inventory.backbone.quantisation },
      device: run.device,
      browser: origin.kind === 'recorded' ? 'as recorded' : navigator.userAgent,
      timings: { seconds: run.seconds ?? (run.progress?.at ?? 0) / 1000, peakGpuBytes: Math.max(run.peakGpuBytes, run.progress?.gpuBytes ?? 0) },
      views: inventory.views,
      problems: inventory.problems,
      tokens: inventory.tokens,
      timeline: run.timeline.recorded(),
    },
  };
}

/** What identifies the run: its own settings and the analysis', without how they were looked at. */
function configOf(run: AngleRun, experiment: Experiment): object {
  return { parameterSet: run.parameterSet, routing: experiment.routing, maxGroups: experiment.maxGroups, seed: experiment.seed, analysis: experiment.analysis };
}
