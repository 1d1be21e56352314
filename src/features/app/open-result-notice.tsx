import { setView } from '../../state/view-store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useOpenResult } from './use-open-files.ts';

/** What came of opening files, beside where they would show. */
export function OpenResultNotice() {
  const result = useOpenResult((state) => state.result);
  if (!result || (result.kind === 'opened' && result.what === '')) return null;
  const dismiss = () => useOpenResult.setState({ result: null });
  const actions = (
    <>
      {result.kind === 'refused' && (
        <Button
          size="small"
          onClick={() => {
            dismiss();
            setView({ openOpen: true });
          }}
        >
          Open other files
        </Button>
      )}
      <Button size="small" variant={result.kind === 'refused' ? 'plain' : 'quiet'} onClick={dismiss}>
        Dismiss
      </Button>
    </>
  );
  return result.kind === 'opened' ? (
    <Notice icon="check" actions={actions}>
      <p>{result.what}</p>
    </Notice>
  ) : (
    <Notice tone="bad" title={result.message} actions={actions}>
      <p>{result.remedy}</p>
    </Notice>
  );
}
