import { type RefCallback, useCallback, useState } from 'react';

/** So that a chart is drawn anew before it is scrolled into sight, pixels. */
const MARGIN = 300;

/** Whether an element is in or near the window; true where the browser cannot tell. */
export function useInView(): readonly [RefCallback<HTMLElement>, boolean] {
  const [inView, setInView] = useState(true);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element || typeof IntersectionObserver === 'undefined') return undefined;
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? true), { rootMargin: `${MARGIN}px` });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, inView];
}
