/** A share of questions with negative tool × reasoning, as published. */
export interface PublishedShare {
  readonly backbone: string;
  readonly dataset: string;
  /** 0 to 1; with the positive share it makes exactly 1, so ties were dropped or assigned. */
  readonly negative: number;
}

/** Figure 2 of v1 gives shares without intervals, and not how many questions they are over. */
export const PUBLISHED_SHARES: readonly PublishedShare[] = [
  { backbone: 'Qwen2.5-7B', dataset: 'NQ', negative: 0.661 },
  { backbone: 'Qwen2.5-3B', dataset: 'NQ', negative: 0.6184 },
  { backbone: 'Qwen2.5-7B', dataset: 'HotpotQA', negative: 0.6724 },
  { backbone: 'Qwen2.5-3B', dataset: 'HotpotQA', negative: 0.423 },
];

export const PUBLISHED_SOURCE = {
  text: 'arXiv 2602.00994v1 (1 February 2026), figure 2, read in a transcription; 50 samples a model and question, questions that some model answered; no intervals are given',
  url: 'https://arxiv.org/abs/2602.00994v1',
} as const;
