import { describe, expect, it } from 'vitest';
import { csv, csvLine } from './csv.ts';

describe('csv', () => {
  it('quotes only what needs it', () => {
    expect(csvLine(['a', 1.5, 'b,c', 'd"e', 'f\ng'])).toBe('a,1.5,"b,c","d""e","f\ng"');
  });
  it('defuses formulas but not numbers', () => {
    expect(csvLine(['=1+1', '@x', '-1.5', '-x'])).toBe("'=1+1,'@x,-1.5,'-x");
  });
  it('writes comments, header and rows', () => {
    expect(csv(['x', 'y'], [['1.0', 2]], ['n = 2'])).toBe('# n = 2\r\nx,y\r\n1.0,2\r\n');
  });
});
