import { create } from 'zustand';

/** What the Share button last did, said beside it for a moment. */
export const useShareNote = create<{ readonly note: string }>()(() => ({ note: '' }));

let timer: ReturnType<typeof setTimeout> | undefined;

/** Copies the address of the page, which holds the configuration. */
export async function shareLink(): Promise<void> {
  let note = 'Link copied';
  try {
    await navigator.clipboard.writeText(window.location.href);
  } catch {
    note = 'The browser refused to copy: the address bar holds the same link';
  }
  clearTimeout(timer);
  useShareNote.setState({ note });
  timer = setTimeout(() => useShareNote.setState({ note: '' }), 4000);
}
