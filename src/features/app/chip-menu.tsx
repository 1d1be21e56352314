import { Icon, type IconName } from '../../ui/icon.tsx';
import { Menu, type MenuSection } from '../../ui/menu.tsx';
import styles from './top-bar.module.css';

interface Props {
  readonly icon: IconName;
  /** What the chip is about, for those who hear it: "Questions". */
  readonly label: string;
  readonly name: string;
  /** The name in full, where `name` is shortened. */
  readonly fullName?: string;
  readonly note: string;
  readonly sections: readonly MenuSection[];
}

/** A chip of the top bar: what the next run is made with, and on it the menu that changes it. */
export function ChipMenu({ icon, label, name, fullName = name, note, sections }: Props) {
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.chip} aria-label={`${label}: ${fullName}, ${note}`}>
          <Icon name={icon} size={18} />
          <span className={styles.chipText}>
            <span className={styles.chipName}>{name}</span>
            <span className={styles.chipNote}>{note}</span>
          </span>
        </button>
      }
      sections={sections}
    />
  );
}
