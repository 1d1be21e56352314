// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest';
import { type Action, keyName, matchShortcut } from './actions.ts';

const action = (id: string, key: string, enabled = true): Action => ({ id, label: id, icon: 'run', group: 'Run', key, enabled, perform: () => undefined });
const ACTIONS = [action('run', ' '), action('reset', 'r'), action('export', 'e', false)];

function press(key: string, on: Element, init: KeyboardEventInit = {}) {
  let matched: string | undefined;
  const listen = (event: Event) => {
    if (event instanceof KeyboardEvent) matched = matchShortcut(event, ACTIONS)?.id;
  };
  document.addEventListener('keydown', listen);
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...init }));
  document.removeEventListener('keydown', listen);
  return matched;
}

afterEach(() => document.body.replaceChildren());

function place(tag: string) {
  const element = document.createElement(tag);
  document.body.append(element);
  return element;
}

describe('matchShortcut', () => {
  it('finds an enabled action by its key', () => {
    expect(press('r', document.body)).toBe('reset');
    expect(press('R', document.body)).toBe('reset');
    expect(press('e', document.body)).toBeUndefined();
  });
  it('leaves typing alone', () => {
    expect(press('r', place('input'))).toBeUndefined();
    expect(press('r', place('textarea'))).toBeUndefined();
  });
  it('leaves Space to a focused button, and takes it elsewhere', () => {
    expect(press(' ', place('button'))).toBeUndefined();
    expect(press(' ', document.body)).toBe('run');
  });
  it('leaves browser shortcuts alone', () => {
    expect(press('r', document.body, { ctrlKey: true })).toBeUndefined();
    expect(press('r', document.body, { metaKey: true })).toBeUndefined();
  });
  it('names keys for people', () => {
    expect([' ', 'Escape', 'r'].map(keyName)).toEqual(['Space', 'Esc', 'R']);
  });
});
