import { describe, expect, it } from 'vitest';
import { lambdaTable } from './describe.ts';
import { LIGHT } from './lambda-colours.ts';
import { breakName, lambdaMapSvg } from './lambda-map-svg.ts';
import type { LambdaMapProps } from './types.ts';

const cell = (value: number, saturated = false) => ({ value, low: value - 1, high: value + 1, saturated });

function props(rows: number): LambdaMapProps {
  return {
    columns: [
      { key: 'base', label: 'base' },
      { key: 'tool_x_reasoning', label: 'tool × reasoning' },
    ],
    rows: Array.from({ length: rows }, (_, index) => ({ id: `q${index}`, text: `Who & <what> ${index}?\u0001`, note: '2 hops', cells: index === 1 ? [cell(-5, true), null] : [cell(-0.04), cell(0.5)] })),
    domain: 4,
    unit: 'logit',
    selected: null,
    emphasised: null,
    sortedBy: { key: 'base', ascending: true },
    onSort: () => undefined,
    onSelect: () => undefined,
    onHover: () => undefined,
    height: 400,
    label: 'Coefficients',
  };
}

describe('picture of the lambda map', () => {
  it('draws all rows, escaped, with true minus signs, hatches and the domain', () => {
    const markup = lambdaMapSvg(props(3));
    expect(markup).toContain('Who &amp; &lt;what&gt; 2?</text>');
    expect(markup).toContain('>−5.0</text>');
    expect(markup).toContain('>0.0</text>');
    expect(markup).toContain('base ↑');
    expect(markup).toContain('λ, logit: −4');
    expect(markup.match(/<pattern /g)?.length).toBeGreaterThanOrEqual(2);
    expect(markup).not.toContain('Rows ');
  });
  it('draws the rows in view of a long list, and says which', () => {
    const markup = lambdaMapSvg(props(401), { width: 900, scrollTop: 2400, theme: LIGHT, measure: null });
    expect(markup).toContain('Rows 101 to 116 of 401');
    expect(markup).toContain('what&gt; 100?');
    expect(markup).not.toContain('what&gt; 99?');
  });
  it('breaks names after the cross', () => {
    expect(breakName('base × reasoning')).toEqual(['base ×', 'reasoning']);
    expect(breakName('tool')).toEqual(['tool']);
  });
  it('makes a table of numbers with empty cells where nothing is defined', () => {
    const table = lambdaTable(props(3).columns, props(3).rows, 'logit', 2);
    expect(table.rows).toHaveLength(2);
    expect(table.columns).toHaveLength(10);
    expect(table.rows[1]?.slice(2)).toEqual(['-5.0000', '-6.0000', '-4.0000', 'yes', '', '', '', '']);
  });
});
