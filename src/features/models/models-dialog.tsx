import { labModels } from '../../state/models/models.ts';
import { useModels, type Tab } from '../../state/models/models-store.ts';
import { useSources } from '../../state/sources-store.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { DownloadPanel } from './download-panel.tsx';
import { FilesForm } from './files-form.tsx';
import { FindForm } from './find-form.tsx';
import { KeptList } from './kept-list.tsx';
import styles from './models.module.css';
import { PreflightHere, PreflightTable } from './preflight-table.tsx';
import { TagSection } from './tag-section.tsx';
import { VariantList } from './variant-list.tsx';

const TABS: readonly { readonly value: Tab; readonly label: string }[] = [
  { value: 'hub', label: 'Hub' },
  { value: 'address', label: 'Address' },
  { value: 'files', label: 'Files' },
  { value: 'kept', label: 'Kept' },
];

/** Where a backbone can come from besides the page itself. */
export function ModelsDialog() {
  const open = useModels((state) => state.open);
  return (
    <Dialog open={open} onOpenChange={(next) => labModels().set({ open: next })} title="Backbones">
      <div className={`${styles.stack} ${styles.body}`}>
        <Content />
      </div>
    </Dialog>
  );
}

function Content() {
  const tab = useModels((state) => state.tab);
  const backbone = useSources((sources) => sources.backbone);
  const remote = tab === 'hub' || tab === 'address';
  return (
    <>
      <ToggleField label="From" value={tab} options={TABS} onChange={(next) => labModels().set({ tab: next })} />
      {remote && <FindForm kind={tab} />}
      {remote && <VariantList />}
      {remote && <PreflightTable />}
      {remote && <DownloadPanel />}
      {tab === 'files' && <FilesForm />}
      {tab === 'kept' && <KeptList />}
      {tab === (backbone.kind === 'files' ? 'files' : 'kept') && backbone.kind !== 'bundled' && <PreflightHere />}
      <TagSection />
    </>
  );
}
