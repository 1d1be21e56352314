import { lazy, Suspense, useEffect, useRef } from 'react';
import type { Page } from '../../state/route.ts';
import type { Session } from '../../state/session.ts';
import { useView } from '../../state/view-store.ts';
import { ActionsContext, useShortcuts } from '../../ui/actions.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { TooltipProvider } from '../../ui/tooltip.tsx';
import { AnglesPage } from '../angles/angles-page.tsx';
import { DevicePage } from '../device/device-page.tsx';
import { HomePage } from '../home/home-page.tsx';
import { RolloutsPage } from '../rollouts/rollouts-page.tsx';
import { TrajectoriesPage } from '../trajectories/trajectories-page.tsx';
import styles from './app.module.css';
import { DetailsPanel } from './details-panel.tsx';
import { DropLayer } from './drop-layer.tsx';
import { HelpSheet } from './help-sheet.tsx';
import { Rail } from './rail.tsx';
import { SessionContext } from './session-context.ts';
import { StatusLine } from './status-line.tsx';
import { TopBar } from './top-bar.tsx';
import { useActions } from './use-actions.ts';
import { useRoute } from './use-route.ts';

/** Apart from the rest, so that the first page need not wait for what they bring. */
const SeesawPage = lazy(() => import('../seesaw/seesaw-page.tsx').then((page) => ({ default: page.SeesawPage })));

const LeasPage = lazy(() => import('../leas/leas-page.tsx').then((page) => ({ default: page.LeasPage })));

const TITLES: Readonly<Record<Page, string>> = { home: 'Seesaw', angles: 'Angles · Seesaw', rollouts: 'Rollouts · Seesaw', seesaw: 'Training · Seesaw', leas: 'LEAS · Seesaw', trajectories: 'Trajectories · Seesaw', device: 'Device · Seesaw' };

export function App({ session }: { readonly session: Session }) {
  return (
    <SessionContext value={session}>
      <TooltipProvider>
        <Shell />
      </TooltipProvider>
    </SessionContext>
  );
}

function Shell() {
  const { page } = useRoute();
  const actions = useActions(page);
  const singleKeys = useView((view) => view.singleKeys);
  const main = useRef<HTMLElement>(null);
  useShortcuts(actions, singleKeys);
  useEffect(() => {
    document.title = TITLES[page];
    main.current?.scrollTo({ top: 0 });
  }, [page]);
  return (
    <ActionsContext value={actions}>
      <div className={styles.app}>
        {/* A button, not a link to #main: the fragment holds the page's address. */}
        <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
          Skip to the page
        </button>
        <Rail page={page} />
        <TopBar page={page} />
        <main className={styles.main} ref={main} tabIndex={-1}>
          <div className={styles.page}>
            <ErrorBoundary resetKey={page}>
              <Suspense fallback={<p role="status">Opening the page.</p>}>
                <PageContent page={page} />
              </Suspense>
            </ErrorBoundary>
          </div>
        </main>
        <StatusLine page={page} />
      </div>
      <DropLayer />
      <HelpSheet />
      <DetailsPanel />
    </ActionsContext>
  );
}

function PageContent({ page }: { readonly page: Page }) {
  switch (page) {
    case 'home':
      return <HomePage />;
    case 'angles':
      return <AnglesPage />;
    case 'rollouts':
      return <RolloutsPage />;
    case 'seesaw':
      return <SeesawPage />;
    case 'leas':
      return <LeasPage />;
    case 'trajectories':
      return <TrajectoriesPage />;
    case 'device':
      return <DevicePage />;
  }
}
