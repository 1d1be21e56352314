import { useState } from 'react';
import type { OpenedFile } from '../../state/session.ts';
import { setView, useView } from '../../state/view-store.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { pickFiles, pickFolder } from '../shared/pick-files.ts';
import styles from './open-dialog.module.css';
import { useOpenFiles } from './use-open-files.ts';

/** Open, drop or paste, and which formats are read. */
export function OpenDialog() {
  const shown = useView((view) => view.openOpen);
  const open = useOpenFiles();
  const [text, setText] = useState('');
  const close = () => setView({ openOpen: false });
  const take = (files: readonly OpenedFile[]) => {
    if (files.length === 0) return;
    close();
    setText('');
    void open(files);
  };
  return (
    <Dialog open={shown} onOpenChange={(next) => setView({ openOpen: next })} title="Open files">
      <div className={styles.stack}>
        <div className={styles.row}>
          <Button variant="primary" onClick={() => void pickFiles().then(take)}>
            <Icon name="open" size={18} />
            Choose files
          </Button>
          <Button onClick={() => void pickFolder().then(take)}>
            <Icon name="model" size={18} />
            Choose a backbone folder
          </Button>
        </div>
        <p>Files may also be dropped anywhere on the page, or pasted. They stay on this machine.</p>
        <label className={styles.label}>
          Or paste trajectories here
          <textarea className={styles.area} value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} placeholder={'{"id": "1", "question": "…", "golden_answers": ["…"], "text": "<|im_start|>user …"}'} />
        </label>
        <div className={styles.row}>
          <Button disabled={text.trim() === ''} onClick={() => take([{ path: 'pasted text', blob: new Blob([text]) }])}>
            Read the text
          </Button>
        </div>
        <dl className={styles.formats}>
          <dt>Trajectories</dt>
          <dd>JSON Lines or a JSON array with “text”, “prompt” and “response”, or “messages”; plain chat text with {'<|im_start|>'} turns, as Search-R1 writes it. Tags of Search-R1 or Qwen.</dd>
          <dt>Run record or Gram</dt>
          <dd>run.json and gram.json as exported here; they open as a replay without a GPU.</dd>
          <dt>Counts for LEAS</dt>
          <dd>CSV with a header or JSON Lines: question, model, k right answers of n; seed where there are several training seeds.</dd>
          <dt>Adapters</dt>
          <dd>PEFT folders or a zip of them; on the LEAS page those of whole arms, named ARM-SEED (joint-1, reasoning-only-1, tool-only-1).</dd>
          <dt>Backbone</dt>
          <dd>A folder with config.json, tokenizer.json, tokenizer_config.json and onnx/model_q4.onnx (Qwen2, Qwen2.5 or dense Qwen3).</dd>
        </dl>
      </div>
    </Dialog>
  );
}
