import { useEffect, useRef, useState } from 'react';

const REDUCED = '(prefers-reduced-motion: reduce)';

/** Numbers that go to where they are sent within `milliseconds`; at once with reduced motion, or when their count changes. */
export function useEased(target: readonly number[], milliseconds: number): readonly number[] {
  const [shown, setShown] = useState(target);
  const present = useRef(target);
  const key = target.join(' ');
  useEffect(() => {
    const wanted = key === '' ? [] : key.split(' ').map(Number);
    const from = present.current;
    const still = from.length !== wanted.length || window.matchMedia(REDUCED).matches || from.every((value, index) => value === wanted[index]);
    let frame = 0;
    const begun = performance.now();
    const draw = (now: number) => {
      const share = still ? 1 : Math.min(1, Math.max(0, (now - begun) / milliseconds));
      const eased = 1 - (1 - share) ** 3;
      present.current = wanted.map((value, index) => (still ? value : from[index] + (value - from[index]) * eased));
      setShown(present.current);
      if (share < 1) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [key, milliseconds]);
  // Until the effect has seen a new count, what is asked for is drawn as it is.
  return shown.length === target.length ? shown : target;
}
