import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './menu.module.css';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly icon: IconName;
  readonly shortcut?: string;
  readonly disabled?: boolean;
  readonly checked?: boolean;
  readonly onSelect: () => void;
}

export interface MenuSection {
  readonly label?: string;
  readonly items: readonly MenuItem[];
}

interface Props {
  readonly trigger: ReactNode;
  readonly sections: readonly MenuSection[];
  readonly align?: 'start' | 'end';
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

/** Not modal: a modal menu locks scrolling by injecting a style element, which the content security policy refuses. */
export function Menu({ trigger, sections, align = 'end', open, onOpenChange }: Props) {
  return (
    <DropdownMenu.Root modal={false} {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      {/* Not in a portal: it stays inside its landmark, and fixed positioning keeps it unclipped. */}
      <DropdownMenu.Content className={styles.content} align={align} sideOffset={4} collisionPadding={8}>
        {sections.map((section, index) => (
          <DropdownMenu.Group key={section.label ?? index}>
            {index > 0 && <DropdownMenu.Separator className={styles.separator} />}
            {section.label && <DropdownMenu.Label className={styles.label}>{section.label}</DropdownMenu.Label>}
            {section.items.map((item) => (
              <Item key={item.id} item={item} />
            ))}
          </DropdownMenu.Group>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Item({ item }: { readonly item: MenuItem }) {
  const content = (
    <>
      <Icon name={item.checked ? 'check' : item.icon} size={18} />
      <span>{item.label}</span>
      {item.shortcut ? <kbd className={styles.key}>{item.shortcut}</kbd> : <span />}
      {item.hint && <span className={styles.hint}>{item.hint}</span>}
    </>
  );
  const shared = { className: styles.item, disabled: item.disabled ?? false, onSelect: item.onSelect };
  return item.checked === undefined ? (
    <DropdownMenu.Item {...shared}>{content}</DropdownMenu.Item>
  ) : (
    <DropdownMenu.CheckboxItem {...shared} checked={item.checked}>
      {content}
    </DropdownMenu.CheckboxItem>
  );
}
