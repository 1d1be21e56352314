import { SCALE_LABELS, type Scale } from '../../core/leas/accuracy.ts';
import type { ExperimentAnalysis } from '../../core/leas/experiment.ts';
import type { LeasPhase } from '../../lab/leas-events.ts';
import type { LeasState } from '../../state/leas/types.ts';
import { deviceName } from '../../state/session.ts';
import { formatDate, formatDuration, plural } from '../../ui/format.ts';

export const PHASE: Readonly<Record<LeasPhase, string>> = {
  load: 'Reading the model and the questions',
  corpus: 'Indexing the corpus',
  train: 'Training the models',
  session: 'Putting the models together',
  generate: 'Writing rollouts',
  finished: 'Finished',
};

export function leasPhaseText({ status, phase, detail, failure, seconds, origin, opened, training, progress }: LeasState): string {
  const replay = origin.kind === 'recorded';
  switch (status) {
    case 'idle':
      return opened === null ? 'Ready' : 'Counts wait for the names of their models';
    case 'loading':
    case 'running': {
      if (replay) return 'Replaying';
      if (training !== null) return `${PHASE.train}${training.words === '' ? '' : `: ${training.words}`}`;
      const what = phase === 'generate' && progress !== null && progress.detail !== '' ? progress.detail : detail;
      return phase === null ? 'Starting' : `${PHASE[phase]}${what === '' ? '' : `: ${what}`}`;
    }
    case 'paused':
      return replay ? 'Replay paused' : 'Paused';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return `Failed: ${failure?.message ?? 'no reason given'}`;
    case 'finished':
      if (opened !== null) return `Counts of ${opened.name}`;
      return replay ? 'Replay complete' : seconds === null ? 'Finished' : `Finished in ${formatDuration(seconds)}`;
  }
}

/** Where the numbers come from, for captions. */
export function sourceLine({ origin, device, ready, config, opened }: LeasState, analysis: ExperimentAnalysis | null): string {
  const scale = analysis === null ? '' : ` Scale: ${scaleWords(analysis.settings.scale, analysis.settings.epsilon)}; random draws from seed ${analysis.settings.seed}.`;
  if (opened !== null) return `Counts of ${opened.name}, ${plural(opened.rows, 'row')}.${scale}`;
  const where = origin.kind === 'recorded' ? `recorded on ${origin.device}${origin.date === '' ? '' : `, ${formatDate(origin.date)}`}` : `rolled out on ${deviceName(device)}`;
  const how = config === null ? '' : ` temperature ${config.temperature}, seed ${config.seed},`;
  return `Backbone ${ready?.backbone.name ?? config?.backbone ?? 'unknown'},${how} ${where}.${scale}`;
}

export function scaleWords(scale: Scale, epsilon: number | null): string {
  if (scale === 'probability') return SCALE_LABELS[scale];
  return `${SCALE_LABELS[scale]}, ${epsilon === null ? '½ added to right and wrong answers' : `clipped at ${epsilon}`}`;
}

/** The unit of an effect, short. */
export function unitOf(scale: Scale): string {
  return scale === 'log-failure' ? '−log failure' : scale;
}
