import { useExperiment } from '../../state/experiment-store.ts';
import { experimentQuery, useUrl } from '../../state/experiment-url.ts';
import { useLeasSettings } from '../../state/leas/settings-store.ts';
import { leasQuery, useLeasUrl } from '../../state/leas/settings-url.ts';
import { useRolloutSettings } from '../../state/rollouts/settings-store.ts';
import { rolloutQuery, useRolloutUrl } from '../../state/rollouts/settings-url.ts';
import { useSeesawSettings } from '../../state/seesaw/settings-store.ts';
import { seesawQuery, useSeesawUrl } from '../../state/seesaw/settings-url.ts';
import type { Page } from '../../state/route.ts';
import { useSources } from '../../state/sources-store.ts';
import { useView } from '../../state/view-store.ts';

/** The configuration as it stands in the address of every page that has no settings of its own. */
export function useExperimentQuery(): string {
  const experiment = useExperiment();
  const sources = useSources();
  const range = useView((view) => view.range);
  const unknown = useUrl((url) => url.unknown);
  return experimentQuery(experiment, sources, range, unknown);
}

/** What stands in the address of a page. */
export function usePageQuery(): (page: Page) => string {
  const experiment = useExperimentQuery();
  const settings = useRolloutSettings();
  const unknown = useRolloutUrl((url) => url.unknown);
  const training = useSeesawSettings();
  const unknownTraining = useSeesawUrl((url) => url.unknown);
  const leas = useLeasSettings();
  const unknownLeas = useLeasUrl((url) => url.unknown);
  return (page) => {
    switch (page) {
      case 'rollouts':
        return rolloutQuery(settings, unknown);
      case 'seesaw':
        return seesawQuery(training, unknownTraining);
      case 'leas':
        return leasQuery(leas, unknownLeas);
      default:
        return experiment;
    }
  };
}
