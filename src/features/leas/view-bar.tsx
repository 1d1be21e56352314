import type { LeasAnalysis } from '../../core/leas/analyse.ts';
import { type Scale, SCALE_LABELS, SCALES } from '../../core/leas/accuracy.ts';
import type { LeasSession, LeasSettings, LeasState } from '../../state/leas/types.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { setLeasPage } from './page-store.ts';
import styles from './leas-page.module.css';

interface Props {
  readonly run: LeasState;
  readonly set: (LeasAnalysis & { readonly label: string }) | null;
  readonly index: number;
  readonly seed: string | null;
  readonly settings: LeasSettings;
  readonly session: Pick<LeasSession, 'analyse'>;
}

const HALF = 'half';
const CLIPS = [1e-2, 1e-3, 1e-6] as const;

/** Which counts are looked at, and on which scale. */
export function ViewBar({ run, set, index, seed, settings, session }: Props) {
  const { analysis } = settings;
  const { sets, config } = run;
  const name = (at: number): string => run.ready?.sets.at(at)?.name ?? (config === null ? '' : (config.sets.at(at)?.label ?? ''));
  const seeds = set?.runs.map((one) => one.seed) ?? [];
  return (
    <div className={styles.bar} role="group" aria-label="What is looked at">
      {sets.length > 1 && <ToggleField label="Set" value={String(index)} options={sets.map(({ label }, at) => ({ value: String(at), label: [label, name(at) === label ? '' : name(at)].filter((part) => part !== '').join(': ') }))} onChange={(value) => setLeasPage({ set: sets[Number(value)].label, question: null, brush: null })} />}
      {seeds.length > 1 && <ToggleField label="Training seed" value={seed ?? ''} options={seeds.map((one) => ({ value: one ?? '', label: one ?? 'none' }))} onChange={(value) => setLeasPage({ seed: value === '' ? null : value })} />}
      <ToggleField<Scale> label="Scale" value={analysis.scale} options={SCALES.map((scale) => ({ value: scale, label: SCALE_LABELS[scale] }))} onChange={(scale) => {
        setLeasPage({ brush: null });
        session.analyse({ ...analysis, scale, epsilon: scale === 'probability' ? null : analysis.epsilon });
      }} />
      <SelectField
        label="None or all right"
        value={analysis.epsilon === null ? HALF : String(analysis.epsilon)}
        disabled={analysis.scale === 'probability'}
        options={[
          { value: HALF, label: 'Add ½ to right and wrong' },
          ...[...new Set([...CLIPS, ...(analysis.epsilon === null ? [] : [analysis.epsilon])])].map((epsilon) => ({ value: String(epsilon), label: `Clip at ${String(epsilon)}` })),
        ]}
        onChange={(value) => session.analyse({ ...analysis, epsilon: value === HALF ? null : Number(value) })}
      />
    </div>
  );
}
