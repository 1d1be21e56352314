import { describe, expect, it } from 'vitest';
import { WakeLock, type WakeLocks } from './wake-lock.ts';

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function setup(refuse = false) {
  const log: string[] = [];
  const locks: WakeLocks = {
    request: () => {
      log.push('request');
      return refuse ? Promise.reject(new Error('NotAllowedError')) : Promise.resolve({ release: () => Promise.resolve(void log.push('release')) });
    },
  };
  let shown: () => void = () => undefined;
  const page = { visibilityState: 'visible' as DocumentVisibilityState, addEventListener: (_: string, listener: unknown) => typeof listener === 'function' && (shown = () => void Reflect.apply(listener, page, [])) };
  return { log, lock: new WakeLock(locks, page), show: () => shown() };
}

describe('WakeLock', () => {
  it('is asked for once while something runs, and released', async () => {
    const { log, lock } = setup();
    for (const wanted of [true, true, false, false]) lock.keep(wanted);
    await settled();
    expect(log).toEqual(['request', 'release']);
  });

  it('is asked for again when the page is shown again, only while it is wanted', async () => {
    const { log, lock, show } = setup();
    show();
    lock.keep(true);
    await settled();
    show();
    await settled();
    expect(log).toEqual(['request', 'request', 'release']);
  });

  it('does without where there is none or it is refused', async () => {
    const refused = setup(true);
    refused.lock.keep(true);
    refused.lock.keep(false);
    new WakeLock(null, null).keep(true);
    await settled();
    expect(refused.log).toEqual(['request']);
  });
});
