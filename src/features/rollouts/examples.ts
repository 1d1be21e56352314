/** Questions of the bundled sets, to begin with. */
export const EXAMPLES = [
  { question: 'What is the capital of Antigua and Barbuda?', golden: "Saint John's", note: 'one hop' },
  { question: 'What is the language of the country whose calling code is 1868?', golden: 'English', note: 'two hops: the country first, then its language' },
  { question: 'What is the money of Afghanistan?', golden: 'Afghan Afghani', note: 'learnt by heart in training, so no search is needed' },
] as const;
