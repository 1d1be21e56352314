import { useRun } from '../../state/run-store.ts';
import type { LogLine } from '../../state/angle-run.ts';
import { useLeasRun } from '../../state/leas/run-store.ts';
import { useRolloutRun } from '../../state/rollouts/run-store.ts';
import { useSeesawRun } from '../../state/seesaw/run-store.ts';
import { deviceName } from '../../state/session.ts';
import { setView, useView } from '../../state/view-store.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes, formatCount, formatDuration, formatFixed } from '../../ui/format.ts';
import styles from './details-panel.module.css';
import { useSession } from './session-context.ts';
import { useRoute } from './use-route.ts';

/** The log of events and the facts of the run, behind the status line. */
export function DetailsPanel() {
  const open = useView((view) => view.detailsOpen);
  return (
    <Dialog open={open} onOpenChange={(next) => setView({ detailsOpen: next })} title="Details of the run" side>
      <Content />
    </Dialog>
  );
}

function Content() {
  switch (useRoute().page) {
    case 'rollouts':
      return <RolloutContent />;
    case 'seesaw':
      return <SeesawContent />;
    case 'leas':
      return <LeasContent />;
    default:
      return <AngleContent />;
  }
}

function AngleContent() {
  const run = useRun();
  const log = useSession().log();
  const facts: readonly (readonly [string, string])[] = [
    ['Page', `Seesaw ${__APP_VERSION__}, commit ${__APP_COMMIT__}`],
    ['Device', run.origin.kind === 'recorded' ? `${run.origin.device} (recorded)` : deviceName(run.device)],
    ...(run.inventory
      ? ([
          ['Backbone', `${run.inventory.backbone.name}, ${formatCount(run.inventory.backbone.parameters)} parameters, ${run.inventory.backbone.quantisation}`],
          ['Weights', run.inventory.backbone.sha256],
          ['Data', run.inventory.dataSha256],
          ['Tokens', formatCount(run.inventory.tokens)],
        ] as const)
      : []),
    ...(run.progress ? ([['Speed', `${formatCount(run.progress.tokensPerSecond)} tokens/s`]] as const) : []),
    ...(run.peakGpuBytes > 0 ? ([['Most on the GPU', formatBytes(run.peakGpuBytes)]] as const) : []),
    ...(run.seconds !== null ? ([['Time', formatDuration(run.seconds)]] as const) : []),
  ];
  return <Sheet facts={facts} log={log} />;
}

function RolloutContent() {
  const run = useRolloutRun();
  const log = useSession().rollouts.log();
  const facts: readonly (readonly [string, string])[] = [
    ['Page', `Seesaw ${__APP_VERSION__}, commit ${__APP_COMMIT__}`],
    ['Device', deviceName(run.device)],
    ...(run.ready
      ? ([
          ['Backbone', `${run.ready.backbone.name}, ${formatCount(run.ready.backbone.parameters)} parameters, ${run.ready.backbone.quantisation}`],
          ['Weights', run.ready.backbone.sha256],
          ['Provider', run.ready.provider.reason],
          ...run.ready.writers.map((writer) => ['Writer', `${writer.label}: ${writer.adapters}`] as const),
          ['Search', run.ready.retriever],
        ] as const)
      : []),
    ...(run.progress ? ([['Speed', `${formatCount(run.progress.tokensPerSecond)} tokens/s`]] as const) : []),
    ...(run.seconds !== null ? ([['Time', formatDuration(run.seconds)]] as const) : []),
  ];
  return <Sheet facts={facts} log={log} />;
}

function SeesawContent() {
  const run = useSeesawRun();
  const log = useSession().seesaw.log();
  const facts: readonly (readonly [string, string])[] = [
    ['Page', `Seesaw ${__APP_VERSION__}, commit ${__APP_COMMIT__}`],
    ['Device', run.origin.kind === 'recorded' ? `${run.origin.device} (recorded)` : deviceName(run.device)],
    ...(run.ready
      ? ([
          ['Backbone', `${run.ready.backbone.name}, ${formatCount(run.ready.backbone.parameters)} parameters, ${run.ready.backbone.quantisation}`],
          ['Weights', run.ready.backbone.sha256],
          ['Provider', run.ready.provider.reason],
          ['Search', run.ready.retriever],
          ['Questions', `${formatCount(run.ready.trainQuestions)} to train on, ${formatCount(run.ready.evaluationQuestions)} held out`],
          ...(run.config?.arms.map((arm, index) => ['Trained parameters', `${arm.label}: ${formatCount(run.ready?.parameters.at(index) ?? 0)}`] as const) ?? []),
        ] as const)
      : []),
    ...(run.peakGpuBytes > 0 ? ([['Most on the GPU', formatBytes(run.peakGpuBytes)]] as const) : []),
    ...(run.seconds !== null ? ([['Time', formatDuration(run.seconds)]] as const) : []),
  ];
  return <Sheet facts={facts} log={log} />;
}

function LeasContent() {
  const run = useLeasRun();
  const log = useSession().leas.log();
  const facts: readonly (readonly [string, string])[] = [
    ['Page', `Seesaw ${__APP_VERSION__}, commit ${__APP_COMMIT__}`],
    ['Device', run.origin.kind === 'recorded' ? `${run.origin.device} (recorded)` : deviceName(run.device)],
    ...(run.ready
      ? ([
          ['Backbone', `${run.ready.backbone.name}, ${formatCount(run.ready.backbone.parameters)} parameters, ${run.ready.backbone.quantisation}`],
          ['Weights', run.ready.backbone.sha256],
          ['Provider', run.ready.provider.reason],
          ['Search', run.ready.retriever],
          ...run.ready.seeds.flatMap(({ seed, arms }) => arms.map(({ arm, sha256 }) => [`${arm}, seed ${seed}`, sha256] as const)),
        ] as const)
      : []),
    ...(run.seconds !== null ? ([['Time', formatDuration(run.seconds)]] as const) : []),
  ];
  return <Sheet facts={facts} log={log} />;
}

function Sheet({ facts, log }: { readonly facts: readonly (readonly [string, string])[]; readonly log: readonly LogLine[] }) {
  return (
    <div className={styles.stack}>
      <dl className={styles.facts}>
        {facts.map(([name, value], index) => (
          <FactRow key={index} name={name} value={value} />
        ))}
      </dl>
      {log.length === 0 ? (
        <p>No run yet. Events will be listed here as they come.</p>
      ) : (
        <DataTable
          caption="Events"
          columns={[
            { id: 'at', label: 'after (s)', align: 'right' },
            { id: 'text', label: 'event', wide: true },
          ]}
          rows={log.map((line) => [formatFixed(line.at / 1000, 2), line.text])}
        />
      )}
    </div>
  );
}

function FactRow({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={/^[0-9a-f]{64}$/.test(value) ? styles.hash : undefined}>{value}</dd>
    </>
  );
}
