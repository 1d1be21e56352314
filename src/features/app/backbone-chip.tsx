import { isLeasBusy, useLeasRun } from '../../state/leas/run-store.ts';
import { labModels } from '../../state/models/models.ts';
import { isTraining, useSeesawRun } from '../../state/seesaw/run-store.ts';
import { isWriting, useRolloutRun } from '../../state/rollouts/run-store.ts';
import type { Page } from '../../state/route.ts';
import { isBusy, useRun } from '../../state/run-store.ts';
import type { Tab } from '../../state/models/models-store.ts';
import { BUNDLED_BACKBONE, useSources } from '../../state/sources-store.ts';
import { isWarmingUp, useTagTokens } from '../../state/tag-tokens/tags-store.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import { formatBytes, formatParameters } from '../../ui/format.ts';
import { ModelsDialog } from '../models/models-dialog.tsx';
import { pickFolder } from '../shared/pick-files.ts';
import { ChipMenu } from './chip-menu.tsx';
import { useOpenFiles } from './use-open-files.ts';

export function BackboneChip({ page }: { readonly page: Page }) {
  const backbone = useSources((sources) => sources.backbone);
  const measuring = useRun((run) => isBusy(run.status));
  const writing = useRolloutRun((run) => isWriting(run.status));
  const ready = useRolloutRun((run) => run.ready?.backbone ?? null);
  const training = useSeesawRun((run) => isTraining(run.status));
  const trained = useSeesawRun((run) => run.ready?.backbone ?? null);
  const comparing = useLeasRun((run) => isLeasBusy(run.status));
  const compared = useLeasRun((run) => run.ready?.backbone ?? null);
  const busy = measuring || writing || training || comparing;
  const recorded = useRun((run) => run.origin.kind === 'recorded');
  const loaded = useRun((run) => run.inventory?.backbone ?? null);
  const bytes = useRun((run) => run.progress?.gpuBytes ?? 0);
  const phase = useRun((run) => run.phase);
  if (page === 'rollouts') return <Chip busy={busy} name={backbone.name} note={ready?.name === backbone.name ? `${formatParameters(ready.parameters)} · ${ready.quantisation}` : writing ? 'loading' : 'not loaded yet'} backbone={backbone} />;
  if (page === 'seesaw') return <Chip busy={busy} name={trained?.name ?? backbone.name} note={trained ? `${formatParameters(trained.parameters)} · ${trained.quantisation}` : training ? 'loading' : 'not loaded yet'} backbone={backbone} />;
  if (page === 'leas') return <Chip busy={busy} name={compared?.name ?? backbone.name} note={compared ? `${formatParameters(compared.parameters)} · ${compared.quantisation}` : comparing ? 'loading' : 'not loaded yet'} backbone={backbone} />;
  const shown = loaded && (recorded || loaded.name === backbone.name) ? loaded : null;
  const note = shown
    ? [formatParameters(shown.parameters), shown.quantisation, bytes > 0 && !recorded ? formatBytes(bytes) : null, recorded ? 'recorded' : null, shown.name === backbone.name ? null : `next run: ${backbone.name}`].filter(Boolean).join(' · ')
    : phase === 'load' && busy
      ? 'loading'
      : 'not loaded yet';
  return <Chip busy={busy} name={shown?.name ?? backbone.name} note={note} backbone={backbone} />;
}

function Chip({ busy, name, note, backbone }: { readonly busy: boolean; readonly name: string; readonly note: string; readonly backbone: BackboneChoice }) {
  const open = useOpenFiles();
  // The dialog stays within reach: a warm-up is paused and cancelled there.
  const warming = useTagTokens(({ status }) => isWarmingUp(status));
  const show = (tab: Tab) => labModels().set({ open: true, tab });
  return (
    <>
      <ChipMenu
        icon="model"
        label="Backbone"
        name={shortName(name)}
        fullName={name}
        note={note}
        sections={[
          {
            label: 'Backbone of the next run',
            items: [
              {
                id: 'bundled',
                label: BUNDLED_BACKBONE.name,
                hint: 'Comes with the page',
                icon: 'model',
                checked: backbone.kind === 'bundled',
                disabled: busy || warming,
                onSelect: () => useSources.setState({ backbone: BUNDLED_BACKBONE }),
              },
              {
                id: 'folder',
                label: 'Open a folder…',
                hint: 'Hugging Face layout: config.json, tokenizer.json, onnx/model_q4.onnx. It stays on this machine.',
                icon: 'open',
                disabled: busy || warming,
                onSelect: () => void pickFolder().then(open),
              },
              {
                id: 'hub',
                label: 'From the hub or an address…',
                hint: 'Downloads a model by its id, checks it and keeps it in this browser',
                icon: 'export',
                disabled: busy,
                onSelect: () => show('hub'),
              },
              {
                id: 'kept',
                label: 'Kept models…',
                hint: 'Those downloaded before; they need no network',
                icon: 'data',
                disabled: busy,
                onSelect: () => show('kept'),
              },
            ],
          },
        ]}
      />
      <ModelsDialog />
    </>
  );
}

/** A commit by its first seven digits; the details have it whole. */
function shortName(name: string): string {
  return name.replace(/@([0-9a-f]{7})[0-9a-f]{33}/, '@$1');
}
