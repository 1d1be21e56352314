import { useState } from 'react';
import type { TagPreset } from '../../core/trajectory/tags.ts';
import { useSources } from '../../state/sources-store.ts';
import { baseName, isWarmingUp, modeOf, useTagTokens } from '../../state/tag-tokens/tags-store.ts';
import type { TagMode } from '../../state/tag-tokens/types.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { useSession } from '../app/session-context.ts';
import styles from './models.module.css';
import { splitWords, TAG_DIALECT, TAG_MODE } from './tag-words.ts';
import { TagWarmUp } from './tag-warm-up.tsx';

const DIALECTS = (Object.keys(TAG_DIALECT) as TagPreset[]).map((value) => ({ value, label: TAG_DIALECT[value] }));

/** Tags as single tokens of the chosen backbone, where its tokenizer cuts them. The bundled one has its tags as tokens. */
export function TagSection() {
  const backbone = useSources((sources) => sources.backbone);
  const session = useSession().tagTokens;
  const [open, setOpen] = useState(false);
  if (backbone.kind === 'bundled') return null;
  return (
    <details
      className={styles.more}
      open={open}
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open);
        // Only when it is looked at: the backbone is read for it.
        if (currentTarget.open) session.inspect();
      }}
    >
      <summary>Tags as single tokens</summary>
      {open && <Content key={baseName(backbone)} />}
    </details>
  );
}

function Content() {
  const backbone = useSources((sources) => sources.backbone);
  const session = useSession().tagTokens;
  const { inspection, preset, trained, status } = useTagTokens();
  const name = baseName(backbone);
  const busy = isWarmingUp(status);
  if (inspection.kind === 'failed' && inspection.backbone === name) {
    return (
      <Notice tone="bad" title={inspection.failure.message} actions={<Button size="small" onClick={() => session.inspect()}>Try again</Button>}>
        <p>{inspection.failure.remedy}</p>
      </Notice>
    );
  }
  if (inspection.kind !== 'known' || inspection.backbone !== name) {
    return (
      <div className={styles.row}>
        <p role="status">{inspection.kind === 'asking' && inspection.backbone === name ? `Reading the tokenizer of ${name}.` : `Nothing is known of ${name} yet.`}</p>
        {!(inspection.kind === 'asking' && inspection.backbone === name) && (
          <Button size="small" onClick={() => session.inspect()}>
            Look at its tags
          </Button>
        )}
      </div>
    );
  }
  const { split, refusal } = inspection.reports[preset];
  const mine = trained?.baseName === name ? trained : null;
  const modes = (['off', 'mean', 'trained'] as const satisfies readonly TagMode[]).map((value) => ({ value, label: TAG_MODE[value], disabled: value === 'trained' && mine === null }));
  return (
    <div className={styles.stack}>
      <SelectField label="Tags of" value={preset} options={DIALECTS} disabled={busy} onChange={(next) => session.set({ preset: next })} />
      {split.length === 0 && <p>Every tag of this dialect is a token of {name} already.</p>}
      {split.length > 0 && <p>{`The tokenizer cuts ${splitWords(split)}`}</p>}
      {split.length > 0 && refusal !== null && <Notice tone="warn" title={refusal} />}
      {((split.length > 0 && refusal === null) || mine !== null) && <ToggleField label="In the next run" value={modeOf(backbone)} options={modes} onChange={(next) => session.choose(next)} />}
      {split.length > 0 && refusal === null && <TagWarmUp />}
    </div>
  );
}
