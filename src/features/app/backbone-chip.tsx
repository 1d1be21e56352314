import { isBusy, useRun } from '../../state/run-store.ts';
import { BUNDLED_BACKBONE, useSources } from '../../state/sources-store.ts';
import { formatBytes, formatParameters } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { pickFolder } from '../shared/pick-files.ts';
import { useOpenFiles } from './use-open-files.ts';
import styles from './top-bar.module.css';

export function BackboneChip() {
  const backbone = useSources((sources) => sources.backbone);
  const busy = useRun((run) => isBusy(run.status));
  const recorded = useRun((run) => run.origin.kind === 'recorded');
  const loaded = useRun((run) => run.inventory?.backbone ?? null);
  const bytes = useRun((run) => run.progress?.gpuBytes ?? 0);
  const phase = useRun((run) => run.phase);
  const open = useOpenFiles();
  const shown = loaded && (recorded || loaded.name === backbone.name) ? loaded : null;
  const note = shown
    ? [formatParameters(shown.parameters), shown.quantisation, bytes > 0 && !recorded ? formatBytes(bytes) : null, recorded ? 'recorded' : null].filter(Boolean).join(' · ')
    : phase === 'load' && busy
      ? 'loading'
      : 'not loaded yet';
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.chip} aria-label={`Backbone: ${shown?.name ?? backbone.name}, ${note}`}>
          <Icon name="model" size={18} />
          <span className={styles.chipText}>
            <span className={styles.chipName}>{shown?.name ?? backbone.name}</span>
            <span className={styles.chipNote}>{note}</span>
          </span>
        </button>
      }
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
              disabled: busy,
              onSelect: () => useSources.setState({ backbone: BUNDLED_BACKBONE }),
            },
            {
              id: 'folder',
              label: 'Open a folder…',
              hint: 'Hugging Face layout: config.json, tokenizer.json, onnx/model_q4.onnx. It stays on this machine.',
              icon: 'open',
              disabled: busy,
              onSelect: () => void pickFolder().then(open),
            },
          ],
        },
      ]}
    />
  );
}
