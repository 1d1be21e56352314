import { useExperiment } from '../../state/experiment-store.ts';
import { experimentQuery, useUrl } from '../../state/experiment-url.ts';
import { useSources } from '../../state/sources-store.ts';
import { useView } from '../../state/view-store.ts';

/** The configuration as it stands in every address of the page. */
export function useExperimentQuery(): string {
  const experiment = useExperiment();
  const sources = useSources();
  const range = useView((view) => view.range);
  const unknown = useUrl((url) => url.unknown);
  return experimentQuery(experiment, sources, range, unknown);
}
