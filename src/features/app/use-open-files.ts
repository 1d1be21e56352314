import { useCallback } from 'react';
import { create } from 'zustand';
import type { OpenedFile, OpenResult } from '../../state/session.ts';
import { queryOf } from '../../state/experiment-url.ts';
import { labModels } from '../../state/models/models.ts';
import { formatRoute, parseRoute } from '../../state/route.ts';
import { useSources } from '../../state/sources-store.ts';
import { useSession } from './session-context.ts';

/** What came of the last files opened; shown until it is dismissed or the next ones come. */
export const useOpenResult = create<{ readonly result: OpenResult | null }>()(() => ({ result: null }));

/** Opens files and goes where they can be seen. */
export function useOpenFiles(): (files: readonly OpenedFile[]) => Promise<void> {
  const session = useSession();
  return useCallback(
    async (files) => {
      if (files.length === 0) return;
      const before = useSources.getState().backbone;
      const result = await session.openFiles(files);
      useOpenResult.setState({ result });
      if (result.kind !== 'opened') return;
      const { backbone } = useSources.getState();
      if (backbone !== before && backbone.kind === 'files') void labModels().checkOpened();
      const page = result.page ?? 'angles';
      if (parseRoute(window.location.hash).page !== page) window.location.hash = formatRoute(page, queryOf(page));
    },
    [session],
  );
}
