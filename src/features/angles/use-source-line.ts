import { useRun } from '../../state/run-store.ts';
import { deviceName } from '../../state/session.ts';
import { formatDate } from '../../ui/format.ts';

/** Where the numbers come from, in one sentence for captions. */
export function useSourceLine(): string {
  const origin = useRun((run) => run.origin);
  const device = useRun((run) => run.device);
  const backbone = useRun((run) => run.inventory?.backbone.name ?? '');
  const set = useRun((run) => run.parameterSet);
  const where = origin.kind === 'recorded' ? `recorded on ${origin.device}, ${formatDate(origin.date)}` : `measured on ${deviceName(device)}`;
  return `Backbone ${backbone}, ${set === 'lora' ? 'LoRA B' : 'full weights'}, ${where}.`;
}
