import { useId, useState } from 'react';
import { armProblem, type Arm } from '../../training/arms.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { NumberField } from '../rollouts/number-field.tsx';
import { ABILITY_SETS, type AbilitySet, freeId, NEW_ARM, reshape, toggleMask } from './own-arm.ts';
import styles from './setup-panel.module.css';

interface Props {
  /** Ids that are taken. */
  readonly taken: readonly string[];
  readonly onAdd: (arm: Arm) => void;
}

/** A way of training made by hand: adapters, which of them predicts what, and which loss may update which. */
export function OwnArmForm({ taken, onAdd }: Props) {
  const [arm, setArm] = useState<Arm>(NEW_ARM);
  const nameId = useId();
  const problem = arm.label.trim() === '' ? 'An arm needs a name.' : armProblem(arm);
  const set = ABILITY_SETS.find(({ abilities }) => abilities.length === arm.abilities.length) ?? ABILITY_SETS[0];
  const add = () => {
    if (problem !== null) return;
    onAdd({ ...arm, id: freeId(taken), label: arm.label.trim(), description: describe(arm) });
  };
  return (
    <form
      className={styles.own}
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <div className={styles.fields}>
        <div className={styles.textField}>
          <label htmlFor={nameId} className={styles.label}>
            Name
          </label>
          <input id={nameId} className={styles.input} value={arm.label} maxLength={24} onChange={(event) => setArm({ ...arm, label: event.target.value })} />
        </div>
        <NumberField label="Adapters" value={arm.adapters} min={1} max={4} onChange={(adapters) => setArm(reshape(arm, arm.abilities, adapters))} />
        <NumberField label="Rank of each" value={arm.rank} min={1} max={256} onChange={(rank) => setArm({ ...arm, rank })} />
        <SelectField<AbilitySet> label="Abilities" value={set.id} options={ABILITY_SETS.map(({ id, label }) => ({ value: id, label }))} onChange={(id) => setArm(reshape(arm, ABILITY_SETS.find((one) => one.id === id)?.abilities ?? arm.abilities, arm.adapters))} />
        <SelectField
          label="Routing"
          value={arm.routing}
          options={[
            { value: 'ability', label: 'By what is predicted' },
            { value: 'halves', label: 'Halves (control)', disabled: arm.adapters !== 2 },
            { value: 'shuffled', label: 'Shuffled (control)', disabled: arm.adapters !== 2 },
          ]}
          onChange={(routing) => setArm({ ...arm, routing })}
        />
      </div>
      <div className={styles.gridScroll} tabIndex={0} role="group" aria-label="Which adapter predicts what, and which loss may update which adapter">
        <table className={styles.mask}>
          <caption>A check lets the loss of the row update the adapter of the column.</caption>
          <thead>
            <tr>
              <th scope="col">Loss of</th>
              <th scope="col">predicted by</th>
              {Array.from({ length: arm.adapters }, (_, adapter) => (
                <th key={adapter} scope="col">{`adapter ${adapter + 1}`}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {arm.abilities.map((ability, loss) => (
              <tr key={ability}>
                <th scope="row">{ability}</th>
                <td>
                  <select className={styles.predictor} aria-label={`Adapter that predicts ${ability} tokens`} value={arm.adapterOf[loss]} onChange={(event) => setArm({ ...arm, adapterOf: arm.adapterOf.map((value, index) => (index === loss ? Number(event.target.value) : value)) })}>
                    {Array.from({ length: arm.adapters }, (_, adapter) => (
                      <option key={adapter} value={adapter}>{`adapter ${adapter + 1}`}</option>
                    ))}
                  </select>
                </td>
                {arm.mask[loss].map((value, adapter) => (
                  <td key={adapter}>
                    <input type="checkbox" className={styles.maskBox} aria-label={`The loss of ${ability} may update adapter ${adapter + 1}`} checked={value === 1} onChange={() => setArm(toggleMask(arm, loss, adapter))} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={styles.fields}>
        <CheckField label="PCGrad" checked={arm.surgery === 'pcgrad'} disabled={arm.abilities.length !== 2} onChange={(on) => setArm({ ...arm, surgery: on ? 'pcgrad' : 'none' })} />
        <CheckField label="Each agent encodes everything itself" checked={arm.agents} disabled={arm.adapters < 2} onChange={(agents) => setArm({ ...arm, agents })} />
        <Button size="small" type="submit" aria-disabled={problem !== null}>
          Add this arm
        </Button>
      </div>
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

function describe({ adapters, rank, mask, surgery, agents }: Arm): string {
  const parts = [`${adapters} ${adapters === 1 ? 'adapter' : 'adapters'} of rank ${rank}`, `mask ${mask.map((row) => row.join('')).join(' / ')}`, ...(surgery === 'pcgrad' ? ['PCGrad'] : []), ...(agents ? ['each agent by itself'] : [])];
  return `Made by hand: ${parts.join(', ')}.`;
}
