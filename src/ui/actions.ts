import { createContext, useContext, useEffect } from 'react';
import type { IconName } from './icon.tsx';

/** One thing a person can do. Buttons, menus, shortcuts and the help sheet all read this one list. */
export interface Action {
  readonly id: string;
  readonly label: string;
  /** What the help sheet adds to the label. */
  readonly hint?: string;
  readonly icon: IconName;
  readonly group: 'Run' | 'Page' | 'Files';
  /** `KeyboardEvent.key` of its shortcut, without modifiers. */
  readonly key?: string;
  readonly enabled: boolean;
  readonly perform: () => void;
}

export const ActionsContext = createContext<readonly Action[]>([]);

/** The action of this id; the registry is complete by construction, so a missing one is a fault of the page. */
export function useAction(id: string): Action {
  const action = useContext(ActionsContext).find((candidate) => candidate.id === id);
  if (!action) throw new Error(`No action is called “${id}”.`);
  return action;
}

export function keyName(key: string): string {
  return key === ' ' ? 'Space' : key === 'Escape' ? 'Esc' : key.toUpperCase();
}

const TYPING = 'input:not([type=checkbox], [type=radio], [type=range], [type=file]), select, textarea, [contenteditable]:not([contenteditable=false])';
const PRESSABLE = 'button, a[href], summary, input, label, [role=button], [role=switch], [role=tab], [role=radio], [role=option], [role=menuitem], [role=gridcell], [tabindex]:not([tabindex="-1"])';

/** The enabled action that a key press means, or undefined where the press belongs to the element in focus. */
export function matchShortcut(event: KeyboardEvent, actions: readonly Action[]): Action | undefined {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPING)) return undefined;
  if (event.key === ' ' && target?.closest(PRESSABLE)) return undefined;
  // A menu or dialog in front owns its own keys.
  if (target?.closest('[role=menu], [role=dialog], [role=alertdialog]')) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return actions.find((action) => action.enabled && action.key === key);
}

/** Listens for shortcuts. With `singleKeys` off only Esc works, for speech input and unsteady hands. */
export function useShortcuts(actions: readonly Action[], singleKeys: boolean): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!singleKeys && event.key !== 'Escape') return;
      const action = matchShortcut(event, actions);
      if (!action) return;
      event.preventDefault();
      action.perform();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [actions, singleKeys]);
}
