import { setView, type ThemeChoice, useView } from '../../state/view-store.ts';

const dark = window.matchMedia('(prefers-color-scheme: dark)');

function resolved(choice: ThemeChoice): 'light' | 'dark' {
  return choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
}

/** Keeps the document in the chosen theme, or in the system's as it changes. */
export function applyTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = resolved(useView.getState().theme);
  };
  apply();
  useView.subscribe(apply);
  dark.addEventListener('change', apply);
}

const ORDER: readonly ThemeChoice[] = ['system', 'light', 'dark'];

/** The next of system, light, dark. */
export function cycleTheme(): void {
  const { theme } = useView.getState();
  setView({ theme: ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] });
}
