import { formatRoute, type Page } from '../../state/route.ts';
import { useAction } from '../../ui/actions.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { usePageQuery } from './use-experiment-query.ts';
import styles from './rail.module.css';

const LINKS: readonly { readonly page: Page; readonly label: string; readonly icon: IconName }[] = [
  { page: 'home', label: 'Home', icon: 'home' },
  { page: 'angles', label: 'Angles', icon: 'angles' },
  { page: 'rollouts', label: 'Rollouts', icon: 'rollouts' },
  { page: 'seesaw', label: 'Seesaw', icon: 'seesaw' },
  { page: 'leas', label: 'LEAS', icon: 'leas' },
  { page: 'trajectories', label: 'Trajectories', icon: 'trajectories' },
  { page: 'device', label: 'Device', icon: 'device' },
];

export function Rail({ page }: { readonly page: Page }) {
  const help = useAction('help');
  const query = usePageQuery();
  return (
    <nav className={styles.rail} aria-label="Pages">
      <a className={styles.brand} href={formatRoute('home', query('home'))} aria-label="Seesaw, home">
        <Beam />
      </a>
      <ul className={styles.list}>
        {LINKS.map((link) => (
          <li key={link.page}>
            <a className={styles.link} href={formatRoute(link.page, query(link.page))} aria-current={link.page === page ? 'page' : undefined}>
              <Icon name={link.icon} />
              {link.label}
            </a>
          </li>
        ))}
      </ul>
      <span className={styles.space} />
      <button type="button" className={[styles.link, styles.help].join(' ')} onClick={help.perform}>
        <Icon name="help" />
        Keys
      </button>
    </nav>
  );
}

/** The emblem: a beam on its fulcrum, reasoning on one end and tool on the other. */
function Beam() {
  return (
    <svg width="36" height="36" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 20.5 28 11.5" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
      <path d="M16 16.5 21 26H11z" fill="currentColor" />
      <circle cx="5.5" cy="15.9" r="3.4" fill="var(--reasoning)" />
      <rect x="23.4" y="5.6" width="6.2" height="6.2" rx="0.8" fill="var(--tool)" />
    </svg>
  );
}
