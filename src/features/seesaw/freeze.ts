import type { Arm } from '../../training/arms.ts';

/** Which adapters are updated. */
export type Trained = 'both' | 'reasoning' | 'tool';

function adapterFor({ abilities, adapterOf }: Arm, trained: 'reasoning' | 'tool'): number | undefined {
  const index = abilities.findIndex((ability) => ability === trained || (trained === 'reasoning' && ability === 'think'));
  return adapterOf.at(index < 0 ? adapterOf.length : index);
}

/** The adapters that stand still when only one is updated. */
export function frozenFor(arm: Arm, trained: Trained): readonly number[] {
  if (trained === 'both') return [];
  const own = adapterFor(arm, trained);
  return own === undefined ? [] : Array.from({ length: arm.adapters }, (_, adapter) => adapter).filter((adapter) => adapter !== own);
}

export function trainedOf(arm: Arm, frozen: readonly number[]): Trained {
  const same = (other: readonly number[]) => other.length === frozen.length && other.every((adapter) => frozen.includes(adapter));
  if (frozen.length === 0) return 'both';
  return same(frozenFor(arm, 'reasoning')) ? 'reasoning' : same(frozenFor(arm, 'tool')) ? 'tool' : 'both';
}
