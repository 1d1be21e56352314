/** A decode step of a small backbone takes a millisecond, and nobody presses a button that fast. */
const EVERY_MS = 16;

/**
 * Lets a worker's messages in, at most every 16 ms. Through a message channel: timers that follow each other are held
 * back for 4 ms each.
 */
export function breather(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let wake: () => void = () => undefined;
  port1.onmessage = () => wake();
  return () => {
    const now = performance.now();
    if (now - last < EVERY_MS) return Promise.resolve();
    return new Promise((resolve) => {
      wake = () => {
        last = performance.now();
        resolve();
      };
      port2.postMessage(null);
    });
  };
}
