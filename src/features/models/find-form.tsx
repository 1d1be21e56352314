import { useId } from 'react';
import { labModels } from '../../state/models/models.ts';
import { DEFAULT_HOST, useModels } from '../../state/models/models-store.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './models.module.css';

/** Which model: an id at the hub or a mirror, or the address of a folder. */
export function FindForm({ kind }: { readonly kind: 'hub' | 'address' }) {
  const finding = useModels((state) => state.finding);
  const failure = useModels((state) => state.findFailure);
  const find = () => void labModels().find(kind);
  return (
    <form
      className={styles.stack}
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      {kind === 'hub' ? <HubFields /> : <AddressField />}
      <div className={styles.row}>
        <Button type="submit" variant="primary" disabled={finding}>
          {finding ? 'Looking it up' : 'Look it up'}
        </Button>
      </div>
      {failure && (
        <Notice tone="bad" title={failure.message} actions={<Button size="small" onClick={find}>Try again</Button>}>
          <p>{failure.remedy}</p>
        </Notice>
      )}
    </form>
  );
}

function HubFields() {
  const { id, host, token, storeToken } = useModels();
  return (
    <>
      <TextField label="Model (owner/name, a revision may follow behind @)" value={id} onChange={(value) => labModels().set({ id: value })} />
      <details className={styles.more}>
        <summary>Mirror and token</summary>
        <div className={styles.stack}>
          <TextField label={`Hub or mirror (${DEFAULT_HOST} unless you change it)`} type="url" value={host} onChange={(value) => labModels().set({ host: value })} />
          <TextField label="Token, for gated and private models" type="password" value={token} onChange={(value) => labModels().set({ token: value })} />
          <CheckField label="Store the token in this browser (seesaw.hub-token)" checked={storeToken} onChange={(value) => labModels().set({ storeToken: value })} />
          <p className={styles.note}>It is sent to the address above and nowhere else. Unless stored, it is forgotten with the page; taking the tick away deletes it.</p>
        </div>
      </details>
    </>
  );
}

function AddressField() {
  const address = useModels((state) => state.address);
  return (
    <>
      <TextField label="Address of the folder with config.json" type="url" value={address} placeholder="https://example.org/models/my-model" onChange={(value) => labModels().set({ address: value })} />
      <p className={styles.note}>The server must allow this page to read it (Access-Control-Allow-Origin). A files.json beside config.json, an array of paths, saves asking for each name.</p>
    </>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly type?: 'text' | 'url' | 'password';
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

function TextField({ label, value, type = 'text', placeholder, onChange }: TextFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.note} htmlFor={id}>
        {label}
      </label>
      <input id={id} className={styles.input} type={type} value={value} autoComplete="off" spellCheck={false} {...(placeholder === undefined ? {} : { placeholder })} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
