import { useDeferredValue } from 'react';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import { HeatMap } from '../../charts/heat-map/heat-map.tsx';
import { type AngleAnalysis, PAIRS } from '../../core/angles/types.ts';
import { setAnalysis, useExperiment } from '../../state/experiment-store.ts';
import { useRun } from '../../state/run-store.ts';
import { setView, useView } from '../../state/view-store.ts';
import { formatDegrees } from '../../ui/format.ts';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { captionOf } from './histogram-data.ts';
import { PAIR_LOOK } from './pair-look.ts';
import { useSourceLine } from './use-source-line.ts';

export function ModuleHeatMap() {
  const analysis = useDeferredValue(useRun((run) => run.analysis));
  return analysis && <Filled analysis={analysis} />;
}

function Filled({ analysis }: { readonly analysis: AngleAnalysis }) {
  const pair = useView((view) => view.heatPair);
  const layer = useExperiment((experiment) => experiment.analysis.layer);
  const target = useExperiment((experiment) => experiment.analysis.target);
  const layersOf = useRun((run) => run.inventory?.modules ?? null);
  const source = useSourceLine();
  const { modules } = analysis;
  const values = modules.medians[pair];
  // Rows are the Gram's layers in ascending order; a Gram of some layers only keeps their own numbers.
  const numbers = [...new Set(layersOf?.map((module) => module.layer) ?? Array.from({ length: modules.layers }, (_, index) => index))].sort((a, b) => a - b).slice(0, modules.layers);
  const rowLabels = numbers.map(String);
  const name = (index: number) => `layer ${rowLabels[Math.floor(index / modules.targets.length)]} ${modules.targets[index % modules.targets.length]}`;
  const extremes = extremesOf(values);
  const title = extremes
    ? `Median ${PAIR_LOOK[pair].label} angle from ${formatDegrees(values[extremes.low])} in ${name(extremes.low)} to ${formatDegrees(values[extremes.high])} in ${name(extremes.high)}`
    : `No module has a defined ${PAIR_LOOK[pair].label} angle`;
  const chosenRow = layer === 'all' ? null : numbers.indexOf(layer);
  const chosenColumn = target === 'all' ? null : modules.targets.indexOf(target);
  const rows = rowLabels.flatMap((row, r) => modules.targets.map((column, c) => [row, column, ...PAIRS.map((one) => text(modules.medians[one][r * modules.targets.length + c]))]));
  const columns = [
    { id: 'layer', label: 'layer' },
    { id: 'module', label: 'module' },
    ...PAIRS.map((one) => ({ id: one, label: `${PAIR_LOOK[one].label} median (°)`, align: 'right' as const })),
  ];
  const caption = captionOf({ ...analysis, settings: { ...analysis.settings, layer: 'all', target: 'all' } }, source);
  return (
    <Figure
      title={title}
      summary={`Median angle of each layer and module, ${PAIR_LOOK[pair].words}. Choose a cell, a layer or a module to see its histogram above; Esc clears.`}
      table={{ caption: 'Median angles by layer and module', columns, rows }}
      exports={{ name: `modules-${pair}`, caption: `${PAIR_LOOK[pair].label} by layer and module. ${caption}`, csv: () => csv(columns.map((column) => column.label), rows, [caption]) }}
      controls={
        <ToggleField label="Pair in the heat map" hideLabel value={pair} options={PAIRS.map((one) => ({ value: one, label: PAIR_LOOK[one].label }))} onChange={(next) => setView({ heatPair: next })} />
      }
    >
      <HeatMap
        label={`Median ${PAIR_LOOK[pair].label} angle by layer and module`}
        corner="layer"
        rowLabels={rowLabels}
        columnLabels={modules.targets}
        values={values}
        centre={90}
        legend={{ below: 'aligned', above: 'opposed' }}
        choice={chosenRow === null && chosenColumn === null ? null : { row: chosenRow, column: chosenColumn }}
        onChoose={(choice) => {
          const { row, column } = choice ?? { row: null, column: null };
          setAnalysis({ layer: row === null ? 'all' : numbers[row], target: column === null ? 'all' : modules.targets[column] });
        }}
      />
    </Figure>
  );
}

function text(value: number): string {
  return Number.isNaN(value) ? 'undefined' : value.toFixed(3);
}

function extremesOf(values: ArrayLike<number>): { readonly low: number; readonly high: number } | null {
  let low = -1;
  let high = -1;
  for (let index = 0; index < values.length; index += 1) {
    if (Number.isNaN(values[index])) continue;
    if (low < 0 || values[index] < values[low]) low = index;
    if (high < 0 || values[index] > values[high]) high = index;
  }
  return low < 0 ? null : { low, high };
}
