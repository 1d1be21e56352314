import { useEffect, useState } from 'react';
import { useSources } from '../../state/sources-store.ts';
import { knowsThinking } from '../../state/thinking.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';

/** Whether the chosen backbone's chat template has a switch for thinking; false until its files are read. */
export function useKnowsThinking(): boolean {
  const backbone = useSources((sources) => sources.backbone);
  const [known, setKnown] = useState<BackboneChoice | null>(null);
  useEffect(() => {
    let current = true;
    void knowsThinking(backbone).then((knows) => {
      if (current) setKnown(knows ? backbone : null);
    });
    return () => {
      current = false;
    };
  }, [backbone]);
  return known === backbone;
}
