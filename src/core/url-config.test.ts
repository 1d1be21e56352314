import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DESIGNS } from './angles/types.ts';
import { TARGETS } from './gram/types.ts';
import { angleUrlFields, defaultConfig, readUrl, writeUrl } from './url-config.ts';

const FIELDS = angleUrlFields({ backbone: 'tiny', data: 'world' });

describe('the address', () => {
  it('is empty at the defaults', () => {
    const { config, reports } = readUrl(FIELDS, '');
    expect(config).toEqual(defaultConfig(FIELDS));
    expect(reports).toEqual([]);
    expect(writeUrl(FIELDS, config)).toBe('');
  });

  it('holds only what differs, with a version', () => {
    expect(writeUrl(FIELDS, { ...defaultConfig(FIELDS), design: 'halves', layer: 3, advantage: true })).toBe('design=halves&advantage=1&layer=3&v=1');
  });

  it('reads back whatever it wrote', () => {
    const config = fc.record({
      backbone: fc.string({ minLength: 1, maxLength: 50, unit: fc.constantFrom('a', 'é', '&', '=', ' ', '#', '/', '😀') }),
      data: fc.constantFrom('world', 'mine.jsonl'),
      params: fc.constantFrom('full' as const, 'lora' as const),
      routing: fc.constantFrom('paper' as const, 'code' as const),
      design: fc.constantFrom(...DESIGNS),
      advantage: fc.boolean(),
      reasoning: fc.constantFrom('all' as const, 'think' as const, 'answer' as const),
      bothCorrect: fc.boolean(),
      identical: fc.boolean(),
      layer: fc.oneof(fc.constant('all' as const), fc.integer({ min: 0, max: 511 })),
      target: fc.constantFrom('all' as const, ...TARGETS),
      draws: fc.integer({ min: 1000, max: 20_000 }),
      seed: fc.integer({ min: 0, max: 4_294_967_295 }),
      groups: fc.integer({ min: 0, max: 10_000 }),
      range: fc.constantFrom('full' as const, 'zoom' as const),
    });
    fc.assert(
      fc.property(config, (value) => {
        expect(readUrl(FIELDS, `?${writeUrl(FIELDS, value)}`)).toEqual({ config: value, reports: [], unknown: [] });
      }),
    );
  });

  it('clamps, refuses and keeps what it does not know, and says so', () => {
    const { config, reports, unknown } = readUrl(FIELDS, '?draws=5&seed=1e9&design=sideways&later=1&layer=-2&seed=7&v=2');
    expect(config).toEqual({ ...defaultConfig(FIELDS), draws: 1000, layer: 0 });
    expect(unknown).toEqual([['later', '1']]);
    expect(reports).toEqual([
      '"draws": 5 is outside 1000 to 20000; 1000 is used.',
      '"seed" cannot be "1e9"; 1 is used.',
      '"design" cannot be "sideways"; single is used.',
      '"later" is not a setting of this page; it is kept in the address.',
      '"layer": -2 is outside 0 to 511; 0 is used.',
      '"seed" is given twice; the first counts.',
      'This link was made by a newer page (version 2); what is not understood is ignored.',
    ]);
    expect(writeUrl(FIELDS, config, unknown)).toBe('layer=0&v=1&later=1');
  });

  it('never throws and never leaves the ranges', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...Object.keys(FIELDS), 'x', '__proto__', 'constructor'), fc.string())), (pairs) => {
        const { config } = readUrl(FIELDS, new URLSearchParams(pairs).toString());
        expect(config.draws).toBeGreaterThanOrEqual(1000);
        expect(DESIGNS).toContain(config.design);
        expect(config.backbone.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
