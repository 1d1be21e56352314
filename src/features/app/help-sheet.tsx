import { useContext } from 'react';
import { setView, useView } from '../../state/view-store.ts';
import { type Action, ActionsContext, keyName } from '../../ui/actions.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import styles from './help-sheet.module.css';

const GROUPS = ['Run', 'Files', 'Page'] as const;

const CHARTS = [
  { keys: ['←', '→'], text: 'Move over a histogram’s bins or a heat map’s cells' },
  { keys: ['↑', '↓'], text: 'Move over the questions of the map of effects; Home and End for the first and the last' },
  { keys: ['Enter'], text: 'Choose the bin, cell or trajectory' },
] as const;

export function HelpSheet() {
  const open = useView((view) => view.helpOpen);
  const singleKeys = useView((view) => view.singleKeys);
  const actions = useContext(ActionsContext);
  return (
    <Dialog open={open} onOpenChange={(next) => setView({ helpOpen: next })} title="Keys">
      <div className={styles.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3 className={styles.title}>{group}</h3>
            <dl>
              {actions.filter((action) => action.group === group && action.key !== undefined).map((action) => (
                <Row key={action.id} action={action} />
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3 className={styles.title}>In a chart</h3>
          <dl>
            {CHARTS.map((line) => (
              <div key={line.text} className={styles.row}>
                <dt className={styles.key}>
                  {line.keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{line.text}</dd>
              </div>
            ))}
          </dl>
        </section>
        <CheckField label="Single-key shortcuts" checked={singleKeys} onChange={(on) => setView({ singleKeys: on })} />
      </div>
    </Dialog>
  );
}

function Row({ action }: { readonly action: Action }) {
  return (
    <div className={styles.row}>
      <dt className={styles.key}>
        <kbd>{keyName(action.key ?? '')}</kbd>
      </dt>
      <dd>
        {action.id === 'run' ? 'Run, pause or resume' : action.label}
        {action.hint && action.id !== 'run' && <span className={styles.hint}>. {action.hint}</span>}
      </dd>
    </div>
  );
}
