import { DESIGNS } from '../../core/angles/types.ts';
import { setAnalysis, setExperiment, useExperiment } from '../../state/experiment-store.ts';
import { useRun } from '../../state/run-store.ts';
import { setView, useView } from '../../state/view-store.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { DESIGN_LABEL } from './pair-look.ts';
import styles from './options.module.css';

/** The chart's options. All but the parameter set are arithmetic on the inner products at hand. */
export function Options() {
  const analysis = useExperiment((experiment) => experiment.analysis);
  const parameterSet = useExperiment((experiment) => experiment.parameterSet);
  const range = useView((view) => view.range);
  const hasAdvantage = useRun((run) => run.inventory === null || run.inventory.trajectories.some((trajectory) => trajectory.advantage !== null));
  return (
    <div className={styles.options}>
      <SelectField label="Design" value={analysis.design} options={DESIGNS.map((design) => ({ value: design, label: DESIGN_LABEL[design] }))} onChange={(design) => setAnalysis({ design })} />
      <ToggleField
        label="Reasoning is"
        value={analysis.reasoning}
        options={[
          { value: 'all', label: 'All' },
          { value: 'think', label: 'Think' },
          { value: 'answer', label: 'Answer' },
        ]}
        onChange={(reasoning) => setAnalysis({ reasoning })}
      />
      <ToggleField
        label="Range"
        value={range}
        options={[
          { value: 'full', label: '0–180°' },
          { value: 'zoom', label: '80–100°' },
        ]}
        onChange={(next) => setView({ range: next, degrees: null })}
      />
      <SelectField
        label="Parameters (new run)"
        value={parameterSet}
        options={[
          { value: 'full', label: 'Full weights' },
          { value: 'lora', label: 'LoRA B' },
        ]}
        onChange={(next) => setExperiment({ parameterSet: next })}
      />
      <div className={styles.checks}>
        <CheckField label="Advantage-weighted" checked={analysis.advantage || analysis.design === 'overlap'} disabled={!hasAdvantage || analysis.design === 'overlap'} onChange={(advantage) => setAnalysis({ advantage })} />
        <CheckField label="Both correct" checked={analysis.bothCorrect} onChange={(bothCorrect) => setAnalysis({ bothCorrect })} />
        <CheckField label="Keep identical rollouts" checked={analysis.identical} onChange={(identical) => setAnalysis({ identical })} />
      </div>
      <ModuleChip layer={analysis.layer} target={analysis.target} />
    </div>
  );
}

/** Which modules the angles are over, when not all: chosen in the heat map, cleared here or with Esc. */
function ModuleChip({ layer, target }: { readonly layer: number | 'all'; readonly target: string }) {
  if (layer === 'all' && target === 'all') return null;
  const name = [layer === 'all' ? 'all layers' : `layer ${layer}`, target === 'all' ? 'all modules' : target].join(', ');
  return (
    <span className={styles.chosen}>
      {name}
      <Button variant="quiet" size="small" square aria-label={`Clear the choice of ${name}`} onClick={() => setAnalysis({ layer: 'all', target: 'all' })}>
        <Icon name="cancel" size={14} />
      </Button>
    </span>
  );
}
