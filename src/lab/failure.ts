import { BackboneError } from '../backbone/types.ts';
import type { Failure } from './events.ts';

const REMEDIES = {
  backbone: 'Choose another backbone, or a folder in the Hugging Face layout (config.json, tokenizer.json, onnx/model_q4.onnx).',
  memory: 'Choose fewer questions, shorter trajectories, the adapters instead of all weights, or a smaller backbone.',
  lost: 'Close other programs that use the graphics card, then run again; what was finished is kept.',
  unknown: 'Run again; if it fails again, export the log from the details and report it.',
} as const;

/** Any thrown value as the one sentence and the way out that the page shows. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Error && 'remedy' in error && typeof error.remedy === 'string') return { message: error.message, remedy: error.remedy };
  if (error instanceof BackboneError) return { message: error.message, remedy: REMEDIES.backbone };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError || /out of memory|allocation failed|exceeds the max buffer size/i.test(message)) return { message: `The run does not fit this device: ${message}`, remedy: REMEDIES.memory };
  if (/device (was |is )?lost|lost device|instance reference no longer exists/i.test(message)) return { message: `The graphics device was lost: ${message}`, remedy: REMEDIES.lost };
  return { message: `Something unexpected failed: ${message || 'no message'}`, remedy: REMEDIES.unknown };
}

/** The graphics device went away during a run. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
  readonly remedy = REMEDIES.lost;

  constructor(reason: string) {
    super(`The graphics device was lost${reason === '' ? '' : ` (${reason})`}.`);
  }
}
