import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameNotifier } from './frame-notifier.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => setTimeout(callback, 16));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('FrameNotifier', () => {
  it('tells once a frame however often something changes', () => {
    const notifier = new FrameNotifier();
    const heard = vi.fn();
    notifier.subscribe(heard);
    for (let count = 0; count < 100; count += 1) notifier.notify();
    vi.advanceTimersByTime(300);
    expect(heard).toHaveBeenCalledTimes(1);
    notifier.notify();
    vi.advanceTimersByTime(16);
    expect(heard).toHaveBeenCalledTimes(2);
  });
  it('keeps a pause between two tellings', () => {
    const notifier = new FrameNotifier(100);
    const heard = vi.fn();
    notifier.subscribe(heard);
    notifier.notify();
    vi.advanceTimersByTime(20);
    notifier.notify();
    vi.advanceTimersByTime(60);
    expect(heard).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60);
    expect(heard).toHaveBeenCalledTimes(2);
  });
  it('asks for the pause each time, where it changes', () => {
    let pause = 100;
    const notifier = new FrameNotifier(() => pause);
    const heard = vi.fn();
    notifier.subscribe(heard);
    notifier.notify();
    vi.advanceTimersByTime(20);
    pause = 200;
    notifier.notify();
    vi.advanceTimersByTime(150);
    expect(heard).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(heard).toHaveBeenCalledTimes(2);
  });
  it('still tells when the page is hidden and has no frames', () => {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    const notifier = new FrameNotifier();
    const heard = vi.fn();
    notifier.subscribe(heard);
    notifier.notify();
    vi.advanceTimersByTime(250);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
