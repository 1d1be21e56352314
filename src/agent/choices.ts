/** Where search results come from. */
export type RetrieverChoice =
  /** A corpus that comes with the page, by its name in datasets.ts. */
  | { readonly kind: 'bundled'; readonly corpus: string }
  /** A corpus file that the user opened; `stored` names one kept in browser storage. */
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob }
  | { readonly kind: 'stored'; readonly name: string }
  | { readonly kind: 'server'; readonly url: string; readonly timeoutMs: number; readonly retries: number };

/** What is asked. */
export type QuestionChoice =
  | { readonly kind: 'bundled'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob }
  /** Asked by hand; golden answers may be empty. */
  | { readonly kind: 'asked'; readonly question: string; readonly goldenAnswers: readonly string[] };
