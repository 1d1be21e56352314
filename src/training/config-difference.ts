/** A setting in which two or more configurations differ. */
export interface Difference {
  /** Its place, such as `training.kl` or `mask`. */
  readonly path: string;
  /** What each configuration has there, in their order, as text; `–` where it has nothing. */
  readonly values: readonly string[];
}

/** Words about an arm, which change nothing. */
const WORDS = new Set(['id', 'label', 'description']);

/**
 * The settings in which configurations differ: of arms, of runs, or of whole records. Lists of numbers are compared as
 * one value (a mask matrix, rates); names and descriptions are passed over.
 */
export function configDifferences(configs: readonly object[]): Difference[] {
  const flat = configs.map((config) => new Map(leaves(config, '')));
  const paths = [...new Set(flat.flatMap((own) => [...own.keys()]))];
  return paths
    .map((path) => ({ path, values: flat.map((own) => own.get(path) ?? '–') }))
    .filter(({ values }) => new Set(values).size > 1);
}

function* leaves(value: unknown, path: string): Generator<[string, string]> {
  if (isNested(value)) {
    for (const [key, entry] of Object.entries(value)) if (!WORDS.has(key)) yield* leaves(entry, path === '' ? key : `${path}.${key}`);
  } else if (value !== undefined) yield [path, text(value)];
}

/** Objects, and lists of objects; lists of plain values count as one value. */
function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || value instanceof Blob) return false;
  return !Array.isArray(value) || value.some((entry) => typeof entry === 'object' && entry !== null && !Array.isArray(entry));
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Blob ? `${value.size} bytes` : JSON.stringify(value);
}
