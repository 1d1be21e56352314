import { describe, expect, it } from 'vitest';
import { expand } from './expand.ts';
import { variant } from './kernel.ts';

const text = (...lines: string[]): string => lines.join('\n');

describe('expand', () => {
  it('leaves plain text and unknown braces as they are', () => {
    expect(expand(text('struct P { m: u32 }', 'x{unknown}'), {})).toBe(text('struct P { m: u32 }', 'x{unknown}'));
  });

  it('replaces constants and repeats lines with their index', () => {
    expect(expand(text('const A = {SIZE}u;', '// #for m < SIZE', 'let a{m} = b[{m}u];', '// #end', 'end'), { SIZE: 2 })).toBe(
      text('const A = 2u;', 'let a0 = b[0u];', 'let a1 = b[1u];', 'end'),
    );
  });

  it('nests loops, the outer index visible inside', () => {
    expect(expand(text('// #for m < 2', '// #for n < N', 'acc{m}_{n}', '// #end', '// #end'), { N: 2 })).toBe(text('acc0_0', 'acc0_1', 'acc1_0', 'acc1_1'));
  });

  it('an inner index hides an outer one and a constant of the same name', () => {
    expect(expand(text('// #for i < 2', '// #for i < 3', 'a{i}', '// #end', '// #end', 'b{i}'), { i: 9 })).toBe(text('a0', 'a1', 'a2', 'a0', 'a1', 'a2', 'b9'));
  });

  it('drops the body of a loop of no turns, directives and all', () => {
    expect(expand(text('a', '// #for m < 0', '// #if X', 'b', '// #else', 'c', '// #end', '// #end', 'd'), { X: 1 })).toBe(text('a', 'd'));
  });

  it.each([
    ['#if X', 1, 'yes'],
    ['#if X', 0, 'no'],
    ['#if !X', 1, 'no'],
    ['#if !X', 0, 'yes'],
  ])('%s with X = %i keeps "%s"', (directive, X, kept) => {
    expect(expand(text(`// ${directive}`, 'yes', '// #else', 'no', '// #end', 'after'), { X })).toBe(text(kept, 'after'));
  });

  it('keeps nothing of an #if without #else that is not chosen', () => {
    expect(expand(text('// #if X', 'yes', '// #end', 'after'), { X: 0 })).toBe('after');
  });

  it('finds the #else of the outer #if past an inner one', () => {
    const code = text('// #if A', '// #if B', 'ab', '// #else', 'a', '// #end', '// #else', '// #if B', 'b', '// #end', '// #end');
    const choose = (A: number, B: number): string => expand(code, { A, B });
    expect([choose(1, 1), choose(1, 0), choose(0, 1), choose(0, 0)]).toEqual(['ab', 'a', 'b', '']);
  });

  it('takes indented directives, as they stand in functions', () => {
    expect(expand(text('  // #if X', '  a', '  // #end'), { X: 1 })).toBe('  a');
  });

  it('is no directive: a comment that merely mentions one', () => {
    expect(expand(text('// see #for', '// #format'), {})).toBe(text('// see #for', '// #format'));
  });

  it.each([
    ['a loop without end', text('a', '// #for m < 2', 'b'), /Line 2: no #end/],
    ['a choice without end', text('// #if X', 'b'), /Line 1: no #end/],
    ['a choice without end after #else', text('// #if X', 'b', '// #else'), /Line 1: no #end/],
    ['an end of nothing', text('a', '// #end'), /Line 2: #end without/],
    ['an unknown bound', text('// #for m < MISSING', '// #end'), /Line 1: unknown constant MISSING/],
    ['an unknown condition', text('', '// #if MISSING', '// #end'), /Line 2: unknown constant MISSING/],
    ['a malformed loop', text('// #for m in 4', '// #end'), /Line 1: "#for name < bound" expected/],
  ])('names the line of %s', (_, code, message) => {
    expect(() => expand(code, { X: 1 })).toThrow(message);
  });
});

describe('variant', () => {
  const spec = { name: 'one', code: 'const A = {A}u;', entryPoint: 'main', bindings: {}, params: {} } as const;

  it('has one key for the same text, another for another text or entry point', () => {
    expect(variant(spec, { A: 1 }).key).toBe(variant(spec, { A: 1, UNUSED: 3 }).key);
    expect(variant(spec, { A: 1 }).key).not.toBe(variant(spec, { A: 2 }).key);
    expect(variant(spec, { A: 1 }).key).not.toBe(variant({ ...spec, entryPoint: 'other' }, { A: 1 }).key);
  });
});
