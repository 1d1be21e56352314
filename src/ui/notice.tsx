import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './notice.module.css';

interface Props {
  readonly tone?: 'plain' | 'warn' | 'bad';
  readonly icon?: IconName;
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** What is the matter and the way out, beside what it concerns. */
export function Notice({ tone = 'plain', icon, title, actions, children }: Props) {
  return (
    <div className={[styles.notice, tone === 'plain' ? '' : styles[tone]].join(' ')} role={tone === 'bad' ? 'alert' : undefined}>
      <span className={styles.icon}>
        <Icon name={icon ?? (tone === 'plain' ? 'help' : 'warning')} />
      </span>
      <div className={styles.text}>
        {title && <p className={styles.title}>{title}</p>}
        {children}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
