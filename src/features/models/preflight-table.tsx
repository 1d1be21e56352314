import { useEffect } from 'react';
import type { Failure } from '../../lab/events.ts';
import { labModels } from '../../state/models/models.ts';
import { useModels } from '../../state/models/models-store.ts';
import { useSources } from '../../state/sources-store.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';
import type { Plan, PreflightReport } from '../../worker/models-protocol.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import styles from './models.module.css';

const LENGTHS = [128, 256, 512, 1024, 2048, 4096].map((value) => ({ value: String(value), label: `${value} tokens` }));
const BATCHES = [1, 2, 4, 8, 16].map((value) => ({ value: String(value), label: String(value) }));
const PURPOSES = [
  { value: 'training', label: 'Training' },
  { value: 'angles', label: 'Angles' },
] as const;

function planned(purpose: Plan['purpose'], { batch, length }: Pick<Plan, 'batch' | 'length'>): Plan {
  return purpose === 'training'
    ? { purpose, batch, length, adapters: { count: 2, rank: 8, alpha: 16 }, losses: 2, microBatchTokens: DEFAULT_TRAINING.microBatchTokens }
    : { purpose, batch, length, parameterSet: 'lora', adapters: { count: 2, rank: 8, alpha: 16 }, spans: 4 };
}

/** What the chosen variant would take on this device, before it is downloaded. */
export function PreflightTable() {
  const { chosen, checking, report, checkFailure, plan } = useModels();
  if (!chosen) return null;
  return <Preflight plan={plan} checking={checking} report={report} failure={checkFailure} ask={(next) => void labModels().choose(chosen, next)} />;
}

/** What the backbone in use takes on this device, before a run reads its weights. */
export function PreflightHere() {
  const { here, plan } = useModels();
  const backbone = useSources((sources) => sources.backbone);
  // What was looked at when the files were opened is not looked at again.
  const known = here.of === backbone;
  useEffect(() => {
    if (!known) void labModels().checkHere();
  }, [known]);
  return (
    <>
      <h3 className={styles.heading}>{`${backbone.name} on this device`}</h3>
      <Preflight plan={plan} checking={here.checking} report={here.report} failure={here.failure} ask={(next) => void labModels().checkHere(next)} />
    </>
  );
}

interface PreflightProps {
  readonly plan: Plan;
  readonly checking: boolean;
  readonly report: PreflightReport | null;
  readonly failure: Failure | null;
  readonly ask: (plan: Plan) => void;
}

function Preflight({ plan, checking, report, failure, ask }: PreflightProps) {
  const { gpu } = report ?? { gpu: null };
  const rows: readonly (readonly [string, string])[] = gpu
    ? [
        ['Layers, as stored', formatBytes(gpu.layers)],
        ['Embedding and head', formatBytes(gpu.embedding)],
        ['Adapters (2 of rank 8)', formatBytes(gpu.adapters)],
        [plan.purpose === 'training' ? 'Gradients and moments' : 'Gradients of a group’s spans', formatBytes(gpu.gradients)],
        ['Activations of a step', formatBytes(gpu.activations)],
        ...(gpu.session > 0 ? [['onnxruntime’s own copy, where it computes on the GPU', formatBytes(gpu.session)] as const] : []),
        ['Together', formatBytes(gpu.total)],
      ]
    : [];
  return (
    <section className={styles.stack} aria-label="What it takes here">
      <div className={styles.fields}>
        <SelectField label="For" value={plan.purpose} options={PURPOSES} onChange={(purpose) => ask(planned(purpose, plan))} />
        <SelectField label="Trajectories at once" value={String(plan.batch)} options={BATCHES} onChange={(batch) => ask(planned(plan.purpose, { ...plan, batch: Number(batch) }))} />
        <SelectField label="Longest trajectory" value={String(plan.length)} options={LENGTHS} onChange={(length) => ask(planned(plan.purpose, { ...plan, length: Number(length) }))} />
      </div>
      {checking && <p role="status">Looking at config.json and the beginning of the graph.</p>}
      {failure && (
        <Notice tone="bad" title={failure.message} actions={<Button size="small" onClick={() => ask(plan)}>Try again</Button>}>
          <p>{failure.remedy}</p>
        </Notice>
      )}
      {report?.refusals.map((text) => <Notice key={text} tone="bad" title={text} />)}
      {report?.suggestions.map((text) => <p key={text}>{text}</p>)}
      {report?.warnings.map((text) => <Notice key={text} tone="warn"><p>{text}</p></Notice>)}
      {rows.length > 0 && <DataTable caption="On the GPU" columns={[{ id: 'part', label: 'for', wide: true }, { id: 'bytes', label: 'bytes', align: 'right' }]} rows={rows} />}
      {report && <p className={styles.note}>{`From ${report.basis}. A browser does not tell how much memory a graphics card has; what no single buffer of this adapter can hold is refused above.`}</p>}
    </section>
  );
}
