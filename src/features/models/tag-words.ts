import type { TagState } from '../../lab/tag-warm-up-events.ts';
import type { TagPreset } from '../../core/trajectory/tags.ts';
import type { SplitTag } from '../../backbone/tag-tokenizer.ts';
import type { TagMode, TagTokensState } from '../../state/tag-tokens/types.ts';
import { natsPerTrajectory, type TagLoss, type TagLosses } from '../../training/tag-losses.ts';
import { formatCount, formatDuration, formatSignificant, plural } from '../../ui/format.ts';

export const TAG_DIALECT: Readonly<Record<TagPreset, string>> = { 'search-r1': 'Search-R1 (<search>)', qwen: 'Qwen’s own (<tool_call>)' };

export const TAG_MODE: Readonly<Record<TagMode, string>> = { off: 'Cut', mean: 'Word means', trained: 'Trained' };

const STATE: Readonly<Record<TagState, string>> = { cut: 'cut', mean: 'word means', trained: 'trained' };
const STATES: readonly TagState[] = ['cut', 'mean', 'trained'];

/** Which tags are cut, and into how many tokens. */
export function splitWords(split: readonly SplitTag[]): string {
  return `${split.map(({ tag, pieces }, index) => `${tag} into ${index === 0 ? plural(pieces.length, 'token') : formatCount(pieces.length)}`).join(', ')}.`;
}

function nats({ tokens, nats: sum }: TagLoss): string {
  return tokens === 0 ? '–' : formatSignificant(sum / tokens, 3);
}

export const LOSS_COLUMNS = ['held-out tokens', 'how many', ...STATES.map((state) => STATE[state])] as const;

/** Nats by place; of cut tags only the whole responses can be compared, whose text is the same. */
export function lossRows(measured: TagTokensState['measured']): (readonly string[])[] {
  const counted = measured.mean ?? measured.trained;
  if (!counted) return [];
  const place = (label: string, of: (losses: TagLosses) => TagLoss): string[] => [
    label,
    formatCount(of(counted).tokens),
    ...STATES.map((state) => {
      const losses = measured[state];
      return losses && state !== 'cut' ? nats(of(losses)) : '–';
    }),
  ];
  const whole = (state: TagState): string => {
    const losses = measured[state];
    return losses ? formatSignificant(natsPerTrajectory(losses), 4) : '–';
  };
  return [
    place('tags, nats each', ({ tag }) => tag),
    place('behind a tag, nats each', ({ after }) => after),
    place('others, nats each', ({ other }) => other),
    ['whole response, nats', formatCount(counted.trajectories), ...STATES.map(whole)],
  ];
}

/** What the warm-up showed, in one sentence; what it does while it is under way. */
export function warmUpFinding({ status, measured, config, failure, trajectories }: TagTokensState): string {
  const { cut, mean, trained } = measured;
  if (status === 'failed') return failure?.message ?? 'The warm-up failed.';
  if (mean && trained) {
    const direction = trained.tag.nats < mean.tag.nats ? 'falls' : 'rises';
    const whole = cut ? `; a whole response takes ${formatSignificant(natsPerTrajectory(trained), 3)} nats, and ${formatSignificant(natsPerTrajectory(cut), 3)} as its tags are cut` : '';
    return `After ${plural(config?.settings.steps ?? 0, 'step')} the loss of a tag ${direction} from ${nats(mean.tag)} to ${nats(trained.tag)} nats on ${plural(trained.trajectories, 'held-out trajectory', 'held-out trajectories')}${whole}.`;
  }
  if (status === 'cancelled') return 'The warm-up was cancelled; nothing of it is used.';
  if (status === 'idle') return 'Nothing is trained yet.';
  return trajectories ? `Training on ${plural(trajectories.training, 'trajectory', 'trajectories')}, ${formatCount(trajectories.heldOut)} held out.` : 'Getting ready.';
}

export const WARM_UP_PHASE = { load: 'Load', compile: 'Upload and compile', measure: 'Measure before', train: 'Train', confirm: 'Measure after' } as const;

export function warmUpProgress({ status, phase, detail, secondsLeft, last }: TagTokensState): string[] {
  const parts = [status === 'paused' ? 'Paused' : phase === null ? 'Starting' : WARM_UP_PHASE[phase], detail];
  if (last && last.losses.tag.tokens > 0 && phase === 'train') parts.push(`${nats(last.losses.tag)} nats a tag in the last step`);
  if (secondsLeft !== null) parts.push(`${formatDuration(secondsLeft)} left`);
  return parts.filter((part) => part !== '');
}
