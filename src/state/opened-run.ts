import type { SpanGram } from '../core/gram/types.ts';
import { ROLE_CODE, type Role, type Span } from '../core/trajectory/types.ts';
import type { AngleEvent, TrajectoryView } from '../lab/events.ts';
import { play } from '../replay/player.ts';
import { replayLabel, type ReplayStep, replaySteps } from '../replay/replay-events.ts';
import type { ReadRecord } from './files-protocol.ts';
import type { OpenedRun } from './ports.ts';

/** Seconds that a replay takes at most, however long the run was. */
const REPLAY_SECONDS = 8;

/** What was read from a file as a run that can be played. */
export function openedRun(record: ReadRecord | null, gram: SpanGram): OpenedRun {
  if (!record) return { parameterSet: gram.parameterSet, device: null, date: null, seed: null, play: (onEvent) => playSteps(gramSteps(gram), onEvent) };
  const label = replayLabel(record);
  return {
    parameterSet: gram.parameterSet,
    device: label.device,
    date: label.date,
    seed: record.analysis.settings.seed,
    play: (onEvent) => playSteps(replaySteps({ ...record, gram: { href: '', sha256: '' } }, gram), onEvent),
  };
}

function playSteps(steps: readonly ReplayStep[], onEvent: (event: AngleEvent) => void) {
  const seconds = ((steps.at(-1)?.at ?? 0) - (steps[0]?.at ?? 0)) / 1000;
  return play(steps, onEvent, { speed: Math.max(1, seconds / REPLAY_SECONDS) });
}

/** A bare Gram tells no story: its trajectories, its blocks, and the end. */
function gramSteps(gram: SpanGram): ReplayStep[] {
  const tokens = gram.trajectories.reduce((sum, trajectory) => sum + trajectory.tokens, 0);
  const events: AngleEvent[] = [
    { type: 'phase', at: 0, phase: 'load', detail: 'span Gram' },
    {
      type: 'inventory',
      at: 0,
      views: gramViews(gram),
      trajectories: gram.trajectories,
      spans: gram.spans,
      modules: gram.modules,
      problems: [],
      notes: ['A span Gram holds no text, so the trajectories are shown by their spans alone.'],
      tokens,
      backbone: { name: 'not in the Gram', parameters: gram.modules.reduce((sum, module) => sum + module.parameters, 0), quantisation: '', sha256: '' },
      dataSha256: '',
    },
    ...gram.blocks.map((block): AngleEvent => ({ type: 'block', at: 0, block, losses: Float64Array.from(block.spans, (span) => gram.spans[span].loss) })),
    { type: 'finished', at: 0, seconds: 0, peakGpuBytes: 0 },
  ];
  return events.map((event) => ({ at: event.at, type: event.type, make: () => event }));
}

/** Trajectories as far as spans tell them: what precedes the first span is taken as prompt, gaps as observation. */
export function gramViews(gram: SpanGram): TrajectoryView[] {
  const known = gram.trajectories.map((): Span[] => []);
  for (const { trajectory, role, kind, start, end } of gram.spans) known[trajectory].push({ role, kind, start, end });
  return gram.trajectories.map((trajectory, index) => {
    const spans: Span[] = [];
    let at = 0;
    const fill = (end: number): void => {
      const gap: Role = spans.length === 0 ? 'prompt' : 'observation';
      if (end > at) spans.push({ role: gap, kind: gap, start: at, end });
    };
    for (const span of known[index].sort((a, b) => a.start - b.start)) {
      fill(span.start);
      spans.push(span);
      at = span.end;
    }
    fill(trajectory.tokens);
    const roles = new Uint8Array(trajectory.tokens);
    for (const span of spans) roles.fill(ROLE_CODE[span.role], span.start, span.end);
    const adapters = Uint8Array.from(roles, (_, position) => (roles[position + 1] === ROLE_CODE.tool ? 1 : 0));
    return { id: trajectory.id, group: trajectory.group, question: trajectory.question, goldenAnswers: [], reward: trajectory.reward, pieces: Array.from(roles, () => ''), roles, adapters, spans };
  });
}
