// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { browserAdvice } from './browser-advice.ts';

const AGENTS = {
  chrome: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  edge: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  safari: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
};

describe('browserAdvice', () => {
  it('speaks each browser’s own settings', () => {
    expect(browserAdvice(AGENTS.chrome, true)).toContain('chrome://flags');
    expect(browserAdvice(AGENTS.edge, true)).toContain('edge://flags');
    expect(browserAdvice(AGENTS.firefox, false)).toContain('dom.webgpu.enabled');
    expect(browserAdvice(AGENTS.safari, false)).toContain('Feature Flags');
  });
  it('tells an old browser to update', () => {
    expect(browserAdvice(AGENTS.chrome.replace('130', '99'), false)).toContain('113');
  });
  it('has a word for a browser it does not know', () => {
    expect(browserAdvice('curl/8', false)).toContain('current');
  });
});
