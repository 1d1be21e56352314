import type { HowItem } from '../shared/how-computed.tsx';

export const HOW_ROLLOUTS: readonly HowItem[] = [
  {
    title: 'Routing',
    text: 'A token is drawn with the adapter of the role that it belongs to: tool from the token after an opened search to the one that closes it, reasoning otherwise. The opening tag itself is still the reasoning adapter’s. One cache serves both, so nothing is encoded twice.',
    formula: 'adapter at position p = role of the token that p predicts',
    code: 'src/core/trajectory, src/inference',
  },
  {
    title: 'Two agents',
    text: 'Two complete writers with a cache each, every position encoded with the writer’s own adapter. At each hand-over the one that goes on has to encode what the other wrote: those tokens are counted as encoded again.',
    formula: 're-encoded = Σ over hand-overs of the tokens that the other wrote or read',
    code: 'src/agent',
  },
  {
    title: 'Drawing',
    text: 'Temperature, then top-k, then top-p. The log-probability beside a token is that of the model itself, before any of these, in nats; the same as the engine’s forward gives.',
    formula: 'log π(c_t | c_<t) at temperature 1, nothing cut',
    code: 'src/inference',
  },
  {
    title: 'Right, F1, hit',
    text: 'Exact match and F1 compare the last complete answer with the golden answers after SQuAD’s normalisation (case, punctuation, articles). A hit is a golden answer inside any document that was found, right or wrong answer aside.',
    formula: 'standard errors: clustered by question, since samples of one question are not independent',
    code: 'src/core/trajectory/reward.ts',
  },
  {
    title: 'Parity',
    text: 'onnxruntime draws the tokens; this page’s own WebGPU engine takes the forward of the same tokens with the same adapters. The largest difference of log-probabilities says whether the two are the same model.',
    formula: 'max |Δ log π| ≤ 10⁻³ nats',
    code: 'src/lab',
  },
  {
    title: 'Seeds',
    text: 'Each question, sample and writer has its own stream of the seed, so a rollout does not depend on what else is written beside it, and two writers draw from the same numbers.',
    formula: 'same seed, same provider: same tokens',
    code: 'src/core/random.ts',
  },
];
