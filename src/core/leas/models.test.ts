import { describe, expect, it } from 'vitest';
import { CONTRASTS, DESIGN, DESIGN_MODELS, EFFECTS, H_BOTH_PREDICTION, H_BOTH_RESIDUAL, MODELS, modelsOf, resolveModel } from './models.ts';

/** Determinant of a small whole-number matrix by expansion. */
function determinant(matrix: number[][]): number {
  if (matrix.length === 0) return 1;
  return matrix[0].reduce((sum, value, column) => {
    const minor = matrix.slice(1).map((row) => row.filter((_, index) => index !== column));
    return sum + (value === 0 ? 0 : (column % 2 === 0 ? 1 : -1) * value * determinant(minor));
  }, 0);
}

const DESIGN_MATRIX = DESIGN_MODELS.map((model) => EFFECTS.map((effect) => DESIGN[model][effect] as number));
const INVERSE = EFFECTS.map((effect) => DESIGN_MODELS.map((model) => (CONTRASTS[effect][model] ?? 0) as number));

function product(a: number[][], b: number[][]): number[][] {
  return a.map((row) => b[0].map((_, column) => row.reduce((sum, value, index) => sum + value * b[index][column], 0)));
}

describe('the design', () => {
  it('is the table of the paper', () => {
    expect(DESIGN_MATRIX.map((row) => row.join(''))).toEqual(['100000', '101010', '110100', '111111', '110000', '101000']);
  });

  it('has determinant −1 and a whole inverse', () => {
    const identity = EFFECTS.map((_, row) => EFFECTS.map((__, column) => Number(row === column)));
    expect(determinant(DESIGN_MATRIX)).toBe(-1);
    expect(product(DESIGN_MATRIX, INVERSE)).toEqual(identity);
    expect(product(INVERSE, DESIGN_MATRIX)).toEqual(identity);
  });

  it('predicts H_Both by its row', () => {
    const weights = DESIGN_MODELS.map((model) => EFFECTS.reduce((sum, effect) => sum + DESIGN.h_both[effect] * (CONTRASTS[effect][model] ?? 0), 0));
    expect(Object.fromEntries(DESIGN_MODELS.map((model, index) => [model, weights[index]]).filter(([, weight]) => weight !== 0))).toEqual(H_BOTH_PREDICTION);
    expect(Object.fromEntries(modelsOf(H_BOTH_RESIDUAL).map((model) => [model, model === 'h_both' ? 1 : -H_BOTH_PREDICTION[model]!]))).toEqual(H_BOTH_RESIDUAL);
  });

  it('needs four models for tool × reasoning', () => {
    expect(modelsOf(CONTRASTS.tool_x_reasoning)).toEqual(['base', 'm_reas', 'm_tool', 'm_uni']);
  });
});

describe('names', () => {
  it.each(['m_uni', 'M_Uni', 'M-Uni', ' m uni '])('takes %j', (name) => expect(resolveModel(name)).toBe('m_uni'));

  it('takes a mapping, exactly and first', () => {
    expect(MODELS.map((model) => resolveModel(model))).toEqual(MODELS);
    expect(resolveModel('grpo-370')).toBeNull();
    const mapping = new Map([['grpo-370', 'm_uni'], ['base', 'm_tool']] as const);
    expect(resolveModel('grpo-370', mapping)).toBe('m_uni');
    expect(resolveModel('GRPO-370', mapping)).toBeNull();
    expect(resolveModel('base', mapping)).toBe('m_tool');
  });
});
