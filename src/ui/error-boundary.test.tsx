// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorBoundary } from './error-boundary.tsx';

let host: HTMLElement;
let root: Root;
let broken = true;

function Page() {
  if (broken) throw new Error('the heat map has no layers');
  return <p>fine again</p>;
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  broken = true;
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host, { onCaughtError: () => undefined });
});
afterEach(() => {
  act(() => root.unmount());
  host.remove();
  vi.unstubAllGlobals();
});

const show = (key: string) =>
  act(() =>
    root.render(
      <ErrorBoundary resetKey={key}>
        <Page />
      </ErrorBoundary>,
    ),
  );

describe('ErrorBoundary', () => {
  it('says what happened and draws again on a press', () => {
    show('angles');
    expect(host.querySelector('[role=alert]')?.textContent).toContain('the heat map has no layers');
    broken = false;
    act(() => host.querySelector('button')?.click());
    expect(host.textContent).toBe('fine again');
  });
  it('gives another page another try', () => {
    show('angles');
    broken = false;
    show('device');
    expect(host.textContent).toBe('fine again');
  });
});
