import { labModels } from '../../state/models/models.ts';
import type { OpenedFile } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useOpenFiles } from '../app/use-open-files.ts';
import { pickFiles, pickFolder } from '../shared/pick-files.ts';
import styles from './models.module.css';

/** A folder or files from the disk; nothing of them is copied. */
export function FilesForm() {
  const open = useOpenFiles();
  const take = (files: readonly OpenedFile[]) => {
    if (files.length === 0) return;
    labModels().set({ open: false });
    void open(files);
  };
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <Button variant="primary" onClick={() => void pickFolder().then(take)}>
          <Icon name="model" size={18} />
          Choose a folder
        </Button>
        <Button onClick={() => void pickFiles().then(take)}>
          <Icon name="open" size={18} />
          Choose files
        </Button>
      </div>
      <p>config.json, tokenizer.json, tokenizer_config.json and one graph, for instance onnx/model_q4.onnx with its .onnx_data files. A folder may also be dropped anywhere on the page. The files stay where they are and are read in place; after a reload they must be chosen again.</p>
    </div>
  );
}
