import { useEffect, useState } from 'react';
import { droppedFiles, toOpened } from '../shared/pick-files.ts';
import { OpenDialog } from './open-dialog.tsx';
import styles from './drop-layer.module.css';
import { useOpenFiles } from './use-open-files.ts';

/** Files may be dropped or pasted anywhere on the page. */
export function DropLayer() {
  const [over, setOver] = useState(false);
  const open = useOpenFiles();
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      void droppedFiles(event.dataTransfer).then(open);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]')) return;
      const files = toOpened(event.clipboardData?.files ?? null);
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (files.length === 0 && text.trim() === '') return;
      event.preventDefault();
      void open(files.length > 0 ? files : [{ path: 'pasted text', blob: new Blob([text]) }]);
    };
    document.addEventListener('dragover', onOver);
    document.addEventListener('dragleave', onLeave);
    document.addEventListener('drop', onDrop);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('dragover', onOver);
      document.removeEventListener('dragleave', onLeave);
      document.removeEventListener('drop', onDrop);
      document.removeEventListener('paste', onPaste);
    };
  }, [open]);
  return (
    <>
      {over && (
        <div className={styles.layer}>
          <div className={styles.text}>
            <p className={styles.title}>Drop to open</p>
            <p>Trajectories, a run record, a Gram, counts of LEAS, adapters, or the folder of a backbone. Nothing leaves this machine.</p>
          </div>
        </div>
      )}
      <OpenDialog />
    </>
  );
}
