/** A malformed or truncated span Gram, said in one sentence. */
export class GramError extends Error {
  override readonly name = 'GramError';
}
