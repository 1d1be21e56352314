import { useMemo } from 'react';
import { Beams } from '../../charts/beam/beams.tsx';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import type { ShownArm } from './arm-runs.ts';
import { beamOf, beamSentence, formatChange } from './beam-data.ts';
import { beamTitle } from './beam-title.ts';
import { useHoverStep } from './page-store.ts';

interface Props {
  readonly arms: readonly ShownArm[];
  readonly steps: number;
  readonly caption: string;
  readonly revision: number;
}

/** The emblem, measured: one beam an arm, at the step under the pointer or at the last one. */
export function BeamsFigure({ arms, steps, caption, revision }: Props) {
  const hover = useHoverStep((state) => state.step);
  const step = hover ?? steps;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- runs grow in place, which `revision` tells
  const beams = useMemo(() => arms.map((arm) => beamOf(arm, step)), [arms, step, revision]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
  const last = useMemo(() => arms.map((arm) => beamOf(arm, steps)), [arms, steps, revision]);
  const columns = [{ id: 'arm', label: 'arm' }, ...['steps', 'reasoning skill (%)', 'its change (points)', 'tool skill (%)', 'its change (points) '].map((label) => ({ id: label, label, align: 'right' as const }))];
  const cell = (end: (typeof beams)[number]['tool']) => (end === null ? ['–', '–'] : [(100 * end.value).toFixed(1), formatChange(end.change, end.changeError)]);
  const rows = beams.map((beam) => [beam.label, beam.step === null ? '–' : String(beam.step), ...cell(beam.reasoning), ...cell(beam.tool)]);
  const raw = beams.flatMap((beam) => (beam.reasoning && beam.tool ? [[beam.label, beam.step ?? '', beam.reasoning.value, beam.reasoning.change, beam.reasoning.changeError ?? '', beam.tool.value, beam.tool.change, beam.tool.changeError ?? '']] : []));
  return (
    <Figure
      title={beamTitle(last)}
      summary="Each end stands as high as its skill has changed against the same agent before the first step (dotted line), all arms to one scale; thin bars: one standard error. The fulcrum rises with the mean of the two: a tilted beam is one skill moving more than the other."
      table={{ caption: 'The two ends of each beam', columns, rows }}
      exports={{ name: 'seesaw-beams', caption: `Reasoning skill (left) and tool skill (right) against the base. ${caption}`, csv: () => csv(['arm', 'step', 'reasoning_skill', 'reasoning_change', 'reasoning_change_error', 'tool_skill', 'tool_change', 'tool_change_error'], raw, [caption]) }}
    >
      <Beams beams={beams} label={beams.map(beamSentence).join(' ')} formatChange={formatChange} />
    </Figure>
  );
}
