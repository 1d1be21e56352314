import type { Column } from '../../ui/data-table.tsx';
import { formatFixed } from '../../ui/format.ts';
import type { ShareRow } from './forest-layout.ts';

/** The measured shares in one sentence, and on which side of 50 % their intervals lie. */
export function describeShares(rows: readonly ShareRow[]): string {
  const measured = rows.filter(({ kind, share }) => kind === 'measured' && share !== null);
  if (measured.length === 0) return 'No share has been measured yet.';
  const parts = measured.map(({ label, share, low, high }) => {
    if (share === null) return label;
    const side = low === null || high === null ? '' : low > 0.5 ? ', above 50 %' : high < 0.5 ? ', below 50 %' : ', with 50 % inside its interval';
    return `${label}: ${formatFixed(100 * share, 1)} % negative${side}`;
  });
  return `${parts.join('; ')}.`;
}

/** What the table shows and the CSV holds: shares in per cent. */
export function shareTable(rows: readonly ShareRow[]): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  const per = (value: number | null) => (value === null ? '' : (100 * value).toFixed(2));
  return {
    columns: [
      { id: 'label', label: 'what', wide: true },
      { id: 'kind', label: 'kind' },
      { id: 'share', label: 'share negative (%)', align: 'right' },
      { id: 'low', label: '95 % low', align: 'right' },
      { id: 'high', label: '95 % high', align: 'right' },
      { id: 'note', label: 'note' },
    ],
    rows: rows.map(({ label, kind, share, low, high, note }) => [label, kind, per(share), per(low), per(high), note ?? '']),
  };
}
