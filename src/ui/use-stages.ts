import { useEffect, useState } from 'react';

/**
 * Counts from 1 to `total`, one step a frame: what is many or large is put on the page in parts, so that none of them
 * holds up input for long.
 */
export function useStages(total: number): number {
  const [stage, setStage] = useState(1);
  useEffect(() => {
    if (stage >= total) return undefined;
    // A frame to draw the last part, then a task of its own for the next; a hidden page has no frames.
    let timer = setTimeout(() => setStage(stage + 1), 200);
    const frame = requestAnimationFrame(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setStage(stage + 1));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [stage, total]);
  return Math.min(stage, total);
}
