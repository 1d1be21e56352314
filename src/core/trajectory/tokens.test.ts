import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characterSpans } from './roles.ts';
import { SEARCH_R1_TAGS } from './tags.ts';
import { adaptersOf, decodeTokenBytes, encodeTrajectory, rolesOf, tokenSpans } from './tokens.ts';
import type { DecodedTokens } from './tokens.ts';
import type { Trajectory } from './types.ts';

const utf8 = new TextEncoder();

function trajectory(text: string, responseStart: number, more: Partial<Trajectory> = {}): Trajectory {
  return { id: 't', question: 'q', goldenAnswers: [], text, responseStart, group: 'q', ...more };
}

/** Tokens given as text, cut between characters. */
function decodeTokenPieces(pieces: readonly string[]): DecodedTokens {
  return decodeTokenBytes(pieces.map((piece) => utf8.encode(piece)));
}

describe('decoded tokens', () => {
  it('begin at the character that their first byte belongs to', () => {
    const [a, b, c, d] = utf8.encode('😀');
    const decoded = decodeTokenBytes([utf8.encode('x'), Uint8Array.of(a, b), Uint8Array.of(c), Uint8Array.of(d, 0x79), utf8.encode('z')]);
    expect(decoded.text).toBe('x😀yz');
    expect([...decoded.starts]).toEqual([0, 1, 1, 1, 4]);
    expect(decoded.pieces).toEqual(['x', '', '', '😀y', 'z']);
  });

  it('put an empty token where the next one begins', () => {
    expect([...decodeTokenBytes([utf8.encode('ab'), new Uint8Array(), utf8.encode('c'), new Uint8Array()]).starts]).toEqual([0, 2, 2, 3]);
  });

  it('have pieces whose concatenation is the text, for any bytes cut anywhere', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }).map((text) => utf8.encode(text)));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(8), { maxLength: 60 }), (all, sizes) => {
        const tokens: Uint8Array[] = [];
        let at = 0;
        for (const size of [...sizes, 1000]) {
          tokens.push(all.slice(at, at + size));
          at += size;
        }
        const decoded = decodeTokenBytes(tokens);
        expect(decoded.text).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(all));
        expect(decoded.pieces.join('')).toBe(decoded.text);
        for (let i = 1; i < decoded.starts.length; i++) expect(decoded.starts[i]).toBeGreaterThanOrEqual(decoded.starts[i - 1]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('token spans', () => {
  it('give a straddling token to the span of its first character', () => {
    const pieces = ['<think>', 'a</', 'think><sea', 'rch> q', ' </search', '>\n\n<inf', 'ormation>', 'd</information>', '\n\nb'];
    const decoded = decodeTokenPieces(pieces);
    const spans = tokenSpans(characterSpans(decoded.text, 0), decoded.starts);
    expect(spans.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ['think', 0, 3],
      ['other', 3, 4],
      ['tool', 4, 6],
      ['observation', 6, 9],
    ]);
  });

  it('cover every token once, whatever the cuts', () => {
    const part = fc.constantFrom('<think>', '</think>', '<search>', '</search>', '<information>', '</information>', 'é', '😀', '\n', 'word');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 80 }), (parts, sizes) => {
        const bytes = utf8.encode(parts.join(''));
        const tokens: Uint8Array[] = [];
        for (let at = 0, k = 0; at < bytes.length; k++) {
          const size = sizes[k % sizes.length];
          tokens.push(bytes.slice(at, at + size));
          at += size;
        }
        const decoded = decodeTokenBytes(tokens);
        const characters = characterSpans(decoded.text, 0);
        const spans = tokenSpans(characters, decoded.starts);
        expect(spans[0].start).toBe(0);
        expect(spans.at(-1)?.end).toBe(tokens.length);
        spans.forEach((span, index) => {
          if (index > 0) expect(span.start).toBe(spans[index - 1].end);
        });
        const roles = rolesOf(spans);
        tokens.forEach((_, token) => {
          const holder = characters.find((span) => span.start <= decoded.starts[token] && decoded.starts[token] < span.end)!;
          expect(['prompt', 'reasoning', 'tool', 'observation'][roles[token]]).toBe(holder.role);
        });
      }),
    );
  });
});

describe('routing', () => {
  //              p  p  r  r  r* t  t  o  o  r
  const roles = Uint8Array.of(0, 0, 1, 1, 1, 2, 2, 3, 3, 1);

  it('is the role of the predicted token, or one position later', () => {
    expect([...adaptersOf(roles, 'paper')]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
    expect([...adaptersOf(roles, 'code')]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
  });

  it('of the code is the paper’s one position later, for texts whose tags are whole tokens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('<think>', '</think>', '<search>', '</search>', 'a', 'b'), { maxLength: 30 }), (pieces) => {
        const decoded = decodeTokenPieces(pieces);
        const own = rolesOf(tokenSpans(characterSpans(decoded.text, 0), decoded.starts));
        const paper = adaptersOf(own, 'paper');
        const code = adaptersOf(own, 'code');
        expect([...code.slice(1)]).toEqual([...paper.slice(0, -1)]);
      }),
    );
  });

  it('keeps prompt, observation and last positions on the reasoning adapter', () => {
    expect([...adaptersOf(Uint8Array.of(0, 2, 2, 3, 2), 'paper')]).toEqual([0, 1, 0, 0, 0]);
    expect(adaptersOf(new Uint8Array(), 'paper')).toHaveLength(0);
  });
});

describe('encoding', () => {
  const text = 'Question: q\n<search>w</search>';

  it('finds roles in the tokens as sampled', () => {
    const decoded = decodeTokenPieces(['Question: q\n', '<search>', 'w', '</search>']);
    const encoded = encodeTrajectory(trajectory(text, 12), [5, 6, 7, 8], decoded, SEARCH_R1_TAGS, 'paper');
    expect([...encoded.roles]).toEqual([0, 1, 2, 2]);
    expect([...encoded.adapters]).toEqual([0, 1, 1, 0]);
    expect([...encoded.tokens]).toEqual([5, 6, 7, 8]);
    expect(encoded.spans.map(({ role }) => role)).toEqual(['prompt', 'reasoning', 'tool']);
  });

  it('takes the prompt’s token count where the file gives one', () => {
    const decoded = decodeTokenPieces(['Que', 'stion: q\n<sea', 'rch>', 'w</search>']);
    const given = trajectory(text, 12, { tokens: [1, 2, 3, 4], promptTokens: 2 });
    expect([...encodeTrajectory(given, given.tokens!, decoded, SEARCH_R1_TAGS, 'paper').roles].slice(0, 3)).toEqual([0, 0, 1]);
    expect(() => encodeTrajectory({ ...given, promptTokens: 9 }, given.tokens!, decoded, SEARCH_R1_TAGS, 'paper')).toThrow(/names 9 prompt tokens/);
  });

  it('finds the response again when the tokens decode to another text, and says when it cannot', () => {
    const decoded = decodeTokenPieces(['Question: other\n', '<search>', 'w']);
    expect([...encodeTrajectory(trajectory(text, 12), [1, 2, 3], decoded, SEARCH_R1_TAGS, 'paper').roles]).toEqual([0, 1, 2]);
    expect(() => encodeTrajectory(trajectory(text, 12), [1], decodeTokenPieces(['zzz']), SEARCH_R1_TAGS, 'paper')).toThrow(/no assistant turn/);
    expect(() => encodeTrajectory(trajectory(text, 12), [1, 2], decodeTokenPieces(['zzz']), SEARCH_R1_TAGS, 'paper')).toThrow(/2 tokens but 1 decoded/);
  });
});

describe('roles that the file gives', () => {
  const pieces = ['Question: q\n', '<think>', 'a', '</think>', '<information>', 'b', '<search>', 'c'];
  const decoded = decodeTokenPieces(pieces);
  const ids = pieces.map((_, index) => index);

  it('are taken instead of the text’s, which then only tells kinds of reasoning', () => {
    const roles = [0, 1, 1, 1, 1, 1, 1, 2];
    const encoded = encodeTrajectory(trajectory(pieces.join(''), 12, { tokens: ids, roles }), ids, decoded, SEARCH_R1_TAGS, 'paper');
    expect([...encoded.roles]).toEqual(roles);
    expect([...encoded.adapters]).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
    expect(encoded.spans.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ['prompt', 0, 1],
      ['think', 1, 4],
      ['other', 4, 7],
      ['tool', 7, 8],
    ]);
  });

  it('must be one a token', () => {
    expect(() => encodeTrajectory(trajectory(pieces.join(''), 12, { tokens: ids, roles: [0, 1] }), ids, decoded, SEARCH_R1_TAGS, 'paper')).toThrow(/2 roles for 8 tokens/);
    expect(() => encodeTrajectory(trajectory(pieces.join(''), 12, { tokens: ids, roles: [0, 1, 1, 1, 1, 1, 1, 9] }), ids, decoded, SEARCH_R1_TAGS, 'paper')).toThrow(/token 7 the role 9/);
  });
});
