/** One coefficient of one question. */
export interface LambdaCell {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** All or none right in a model that it needs: the estimate is held by +½ alone. */
  readonly saturated: boolean;
}

export interface LambdaRow {
  readonly id: string;
  readonly text: string;
  /** "2 hops", "never answered"; empty for none. */
  readonly note: string;
  /** One a column; null where the coefficient is not defined. */
  readonly cells: readonly (LambdaCell | null)[];
}

export interface LambdaColumn {
  readonly key: string;
  readonly label: string;
}

export interface LambdaMapProps {
  readonly columns: readonly LambdaColumn[];
  /** Sorted and filtered by the caller. */
  readonly rows: readonly LambdaRow[];
  /** Colours go from −domain to +domain; the caller keeps it for the whole run, so that a colour keeps its meaning. */
  readonly domain: number;
  readonly unit: string;
  /** Id of a row. */
  readonly selected: string | null;
  /** Rows chosen elsewhere; the others are drawn faint. Null: all. */
  readonly emphasised: ReadonlySet<string> | null;
  readonly sortedBy: { readonly key: string; readonly ascending: boolean } | null;
  readonly onSort: (key: string) => void;
  readonly onSelect: (id: string) => void;
  readonly onHover: (id: string | null) => void;
  /** Pixels of the scrolling part, header included. */
  readonly height: number;
  readonly label: string;
}
