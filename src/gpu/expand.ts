/**
 * The two text directives of our WGSL, resolved before compilation. Register tiles must be unrolled by hand: WGSL has
 * no unroll attribute, and a private array with a running index lives in memory on every device we measured.
 *
 *   // #for m < TILE_M      repeats the lines up to its #end, `{m}` replaced by 0, 1, …
 *   // #if ZERO_POINTS      keeps the lines up to #else or #end when the constant is not 0 (`#if !NAME` the reverse)
 *   // #else
 *   // #end
 *
 * Bounds are numbers or names of `constants`; `{NAME}` in the text becomes that constant's value.
 */
export function expand(code: string, constants: Readonly<Record<string, number>>): string {
  const lines = code.split('\n');
  const output: string[] = [];
  const end = block(lines, 0, constants, {}, output);
  if (end !== lines.length) throw new Error(`Line ${end + 1}: #end without #for or #if.`);
  return output.join('\n');
}

type Indices = Readonly<Partial<Record<string, number>>>;

const DIRECTIVE = /^\s*\/\/ #(for|if|else|end)\b\s*(.*)$/;

/** Expands lines from `start` to the matching #else or #end (its index is returned) or to the text's end. */
function block(lines: readonly string[], start: number, constants: Indices, indices: Indices, output: string[]): number {
  let at = start;
  while (at < lines.length) {
    const line = lines[at];
    const match = DIRECTIVE.exec(line);
    if (!match) {
      output.push(substitute(line, constants, indices));
      at += 1;
      continue;
    }
    const [, word, rest] = match;
    if (word === 'end' || word === 'else') return at;
    at = word === 'for' ? loop(lines, at, rest, constants, indices, output) : choice(lines, at, rest, constants, indices, output);
  }
  return at;
}

function loop(lines: readonly string[], at: number, rest: string, constants: Indices, indices: Indices, output: string[]): number {
  const match = /^(\w+) < (\w+)$/.exec(rest);
  if (!match) throw new Error(`Line ${at + 1}: "#for name < bound" expected, found "${rest}".`);
  const [, name, bound] = match;
  const count = lookup(bound, constants, at);
  let end = at + 1;
  if (count === 0) end = block(lines, at + 1, constants, { ...indices, [name]: 0 }, []);
  for (let index = 0; index < count; index += 1) end = block(lines, at + 1, constants, { ...indices, [name]: index }, output);
  return expectEnd(lines, end, at);
}

function choice(lines: readonly string[], at: number, rest: string, constants: Indices, indices: Indices, output: string[]): number {
  const negated = rest.startsWith('!');
  const chosen = (lookup(rest.slice(negated ? 1 : 0), constants, at) !== 0) !== negated;
  let end = block(lines, at + 1, constants, indices, chosen ? output : []);
  if (/#else/.test(lines[end] ?? '')) end = block(lines, end + 1, constants, indices, chosen ? [] : output);
  return expectEnd(lines, end, at);
}

function expectEnd(lines: readonly string[], end: number, from: number): number {
  if (end >= lines.length) throw new Error(`Line ${from + 1}: no #end.`);
  return end + 1;
}

function lookup(word: string, constants: Indices, at: number): number {
  const value = /^\d+$/.test(word) ? Number(word) : constants[word];
  if (value === undefined) throw new Error(`Line ${at + 1}: unknown constant ${word}.`);
  return value;
}

function substitute(line: string, constants: Indices, indices: Indices): string {
  return line.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = indices[name] ?? constants[name];
    return value === undefined ? whole : String(value);
  });
}
