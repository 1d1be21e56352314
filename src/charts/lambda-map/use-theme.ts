import { useSyncExternalStore } from 'react';
import type { ThemeName } from './lambda-colours.ts';

/** What is painted, not styled, must be painted again when the page changes its theme. */
export function useThemeName(): ThemeName {
  return useSyncExternalStore(subscribe, () => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'));
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}
