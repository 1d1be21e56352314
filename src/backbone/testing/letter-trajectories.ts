/** Lines of a trajectories file in the letters of letter-tokenizer.ts: two demonstrations of each of these questions, each a thought, a search and an answer. */
export function letterLines(words: readonly string[] = ['ab', 'cd', 'ef', 'gh', 'ij', 'kl']): string[] {
  return words.flatMap((word) =>
    [0, 1].map((rollout) =>
      JSON.stringify({
        id: `${word}-${rollout}`,
        group: word,
        question: word,
        golden_answers: [word],
        prompt: `<|im_start|>user\n${word}<|im_end|>\n<|im_start|>assistant\n`,
        response: `<think>${word}</think><search>${word}</search>\n<information>x${word}</information>\n<answer>${word}</answer>${rollout === 0 ? '' : '<|im_end|>'}`,
        reward: 1,
      }),
    ),
  );
}
