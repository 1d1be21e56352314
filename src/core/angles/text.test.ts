import { describe, expect, it } from 'vitest';
import { gramOf, modulesOf, noisyTrajectories } from '../testing/synthetic-gram.ts';
import { analyseAngles } from './analyse.ts';
import { anglesCsv, csvCell, moduleAnglesCsv } from './csv.ts';
import { formatDegrees, formatInterval, formatP, plural } from './format.ts';
import { DEFAULT_ANGLE_SETTINGS } from './settings.ts';

const MODULES = modulesOf(1, ['q_proj', 'k_proj'], 30);
const TRAJECTORIES = noisyTrajectories({ groups: 3, rollouts: 3, dimension: 30, modules: MODULES, seed: 1 });
const GRAM = gramOf(TRAJECTORIES, MODULES);
const SETTINGS = { ...DEFAULT_ANGLE_SETTINGS, draws: 100 };
const ANALYSIS = analyseAngles(GRAM, SETTINGS);

/** A small RFC 4180 reader of its own. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], '', false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') cell += text[++i];
      else if (c === '"') quoted = false;
      else cell += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.push(cell);
      cell = '';
    } else if (c === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')]);
      [row, cell] = [[], ''];
    } else cell += c;
  }
  return rows;
}

describe('figures in words', () => {
  it('have units and no undefined values', () => {
    expect(formatDegrees(88.66)).toBe('88.7°');
    expect(formatDegrees(Number.NaN)).toBe('–');
    expect(formatInterval({ estimate: 88.7, low: 88.1, high: 89.2 }, formatDegrees)).toBe('88.7° [88.1, 89.2]');
    expect(formatInterval({ estimate: 88.7, low: 88.7, high: 88.7, basis: 'none' }, formatDegrees)).toBe('88.7°');
    expect([0.0005, 0.001, 0.041, 0.412, 1].map(formatP)).toEqual(['p < 0.001', 'p = 0.001', 'p = 0.041', 'p = 0.41', 'p = 1.00']);
    expect(plural(1, 'pair', 'pairs')).toBe('1 pair');
    expect(plural(2400, 'pair', 'pairs')).toBe('2,400 pairs');
  });

  it('summarise the run', () => {
    expect(ANALYSIS.finding).toMatch(/^R–T median \d+\.\d° \[\d+\.\d, \d+\.\d\], (inside what|closer than|further apart than).*R–R \d+\.\d°, T–T \d+\.\d°/);
  });
});

describe('CSV', () => {
  it('quotes what must be quoted and never lets a spreadsheet run a text', () => {
    expect(csvCell('a "b", c\nd')).toBe('"a ""b"", c\nd"');
    expect(csvCell('=1+1')).toBe("'=1+1");
    expect(csvCell('@x,y')).toBe(`"'@x,y"`);
    expect(csvCell('#5')).toBe('"#5"');
    expect(csvCell(-3.5)).toBe('-3.5');
    expect(csvCell(Number.NaN)).toBe('');
  });

  it('has a row an angle, and says when it altered a text', () => {
    const rows = readCsv([...anglesCsv(GRAM, ANALYSIS)].join(''));
    expect(rows[0].join(',')).toBe('pair,question_a,trajectory_a,question_b,trajectory_b,layer,target,degrees');
    expect(rows).toHaveLength(1 + ANALYSIS.rows.length);
    const [first] = ANALYSIS.rows;
    expect(rows[1]).toEqual([first.pair, GRAM.trajectories[first.a].question, GRAM.trajectories[first.a].id, GRAM.trajectories[first.b].question, GRAM.trajectories[first.b].id, 'all', 'all', String(first.degrees)]);
    const hostile = gramOf(TRAJECTORIES.map((trajectory) => ({ ...trajectory, question: '=cmd|x, "y"\n' })), MODULES);
    const text = [...anglesCsv(hostile, analyseAngles(hostile, SETTINGS))].join('');
    expect(text).toMatch(/^# 9 trajectories have a question or id that begins with = \+ - @/);
    expect(readCsv(text)[2][1]).toBe(`'=cmd|x, "y"\n`);
  });

  it('has the angles of every module by itself', () => {
    const rows = readCsv([...moduleAnglesCsv(GRAM, ANALYSIS)].join(''));
    expect(rows).toHaveLength(1 + 2 * ANALYSIS.rows.length);
    const alone = analyseAngles(GRAM, { ...SETTINGS, target: 'k_proj' });
    const values = rows.filter((row) => row[6] === 'k_proj' && row[0] === 'RR').map((row) => Number(row[7]));
    expect(values.sort((x, y) => x - y)).toEqual(alone.rows.filter(({ pair }) => pair === 'RR').map(({ degrees }) => degrees).sort((x, y) => x - y));
  });
});
