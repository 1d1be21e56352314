import { setExperiment, useExperiment } from '../../state/experiment-store.ts';
import { isBusy, useRun } from '../../state/run-store.ts';
import { BUNDLED_DATA, bundledData, dataLabel, useSources } from '../../state/sources-store.ts';
import { plural } from '../../ui/format.ts';
import { pickFiles } from '../shared/pick-files.ts';
import { ChipMenu } from './chip-menu.tsx';
import { useOpenFiles } from './use-open-files.ts';

/** 0 is all. */
const QUESTION_COUNTS = [0, 2, 4, 8] as const;

export function DataChip() {
  const groups = useExperiment((experiment) => experiment.maxGroups);
  const data = useSources((sources) => sources.data);
  const busy = useRun((run) => isBusy(run.status));
  const recorded = useRun((run) => (run.origin.kind === 'recorded' ? run.origin.name : null));
  const count = useRun((run) => run.inventory?.trajectories.length ?? 0);
  const problems = useRun((run) => run.inventory?.problems.length ?? 0);
  const open = useOpenFiles();
  const note = count > 0 ? [plural(count, 'trajectory', 'trajectories'), problems > 0 ? `${plural(problems, 'line')} left out` : null].filter(Boolean).join(' · ') : 'not read yet';
  return (
    <ChipMenu
      icon="data"
      label="Data"
      name={recorded ?? dataLabel(data.name)}
      note={note}
      sections={[
        {
          label: 'Trajectories of the next run',
          items: [
            ...BUNDLED_DATA.map((set) => ({
              id: set.url,
              label: set.label,
              hint: 'Comes with the page',
              icon: 'data' as const,
              checked: data.kind === 'bundled' && data.url === set.url,
              disabled: busy,
              onSelect: () => useSources.setState({ data: bundledData(set.id) ?? data }),
            })),
            { id: 'file', label: 'Open a file…', hint: 'JSON Lines, a JSON array, or chat text; a run record or a Gram opens as a replay', icon: 'open', disabled: busy, onSelect: () => void pickFiles().then(open) },
          ],
        },
        {
          label: 'Questions of the next run',
          items: QUESTION_COUNTS.map((count) => ({
            id: `groups-${count}`,
            label: count === 0 ? 'All of them' : `The first ${count}`,
            icon: 'data' as const,
            checked: count === groups,
            disabled: busy,
            onSelect: () => setExperiment({ maxGroups: count }),
          })),
        },
      ]}
    />
  );
}
