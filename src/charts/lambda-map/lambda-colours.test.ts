import { describe, expect, it } from 'vitest';
import { lambdaColour, type ThemeName } from './lambda-colours.ts';

function luminance(colour: string): number {
  const [r, g, b] = (colour.match(/\d+/g) ?? []).map((part) => (Number(part) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const BLACK = 'rgb(0, 0, 0)';
const WHITE = 'rgb(255, 255, 255)';

describe.each<ThemeName>(['light', 'dark'])('colours of λ, %s', (theme) => {
  it('is grey at 0 and the same beyond the domain as at its end', () => {
    const [r, g, b] = (lambdaColour(0, theme).fill.match(/\d+/g) ?? []).map(Number);
    expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(12);
    expect(lambdaColour(7, theme)).toEqual(lambdaColour(1, theme));
    expect(lambdaColour(-7, theme)).toEqual(lambdaColour(-1, theme));
    expect(lambdaColour(-1, theme)).not.toEqual(lambdaColour(1, theme));
  });
  it('goes one way in lightness from the centre to both ends, so that it can be read without hue', () => {
    for (const sign of [-1, 1]) {
      const steps = Array.from({ length: 11 }, (_, index) => luminance(lambdaColour((sign * index) / 10, theme).fill));
      const away = theme === 'light' ? steps : steps.map((value) => -value);
      for (let index = 1; index < away.length; index += 1) expect(away[index]).toBeLessThan(away[index - 1] + 0.012);
      expect(Math.abs(steps[10] - steps[0])).toBeGreaterThan(0.3);
    }
  });
  it('writes numbers at 4.5:1 everywhere', () => {
    for (let position = -1; position <= 1; position += 0.025) {
      const { fill, ink } = lambdaColour(position, theme);
      expect(contrast(fill, ink === '#000000' ? BLACK : WHITE)).toBeGreaterThanOrEqual(4.4);
    }
  });
});
