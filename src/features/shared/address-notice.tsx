import type { createUrlStore } from '../../state/url-store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';

/** What a page's address held that was clamped, unknown or not understood, or that a link cannot hold. */
export function AddressNotice({ url: useStore }: { readonly url: ReturnType<typeof createUrlStore> }) {
  const reports = useStore((url) => url.reports);
  if (reports.length === 0) return null;
  return (
    <Notice
      tone="warn"
      actions={
        <Button size="small" onClick={() => useStore.setState({ reports: [] })}>
          Dismiss
        </Button>
      }
    >
      {reports.map((report) => (
        <p key={report}>{report}</p>
      ))}
    </Notice>
  );
}
