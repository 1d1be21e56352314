import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import styles from './dialog.module.css';

interface Props {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly side?: boolean;
  readonly children: ReactNode;
}

/**
 * A modal dialog. The backdrop is a plain element around the content, not Radix's overlay: that one locks scrolling by
 * injecting a style element, which the content security policy refuses.
 */
export function Dialog({ open, onOpenChange, title, side = false, children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div className={[styles.backdrop, side ? styles.side : ''].join(' ')}>
          <Radix.Content className={styles.content} aria-describedby={undefined}>
            <div className={styles.head}>
              <Radix.Title className={styles.title}>{title}</Radix.Title>
              <Radix.Close asChild>
                <Button variant="quiet" square aria-label="Close">
                  <Icon name="cancel" size={18} />
                </Button>
              </Radix.Close>
            </div>
            {/* The body scrolls, so it must be reachable by keyboard. */}
            <div className={styles.body} tabIndex={0} role="group" aria-label={title}>
              {children}
            </div>
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}
