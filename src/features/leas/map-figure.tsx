import { useCallback, useMemo, useState } from 'react';
import { LambdaMap } from '../../charts/lambda-map/lambda-map.tsx';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import { EFFECT_LABELS } from '../../core/leas/models.ts';
import { formatCount, formatFixed, plural } from '../../ui/format.ts';
import { MapFilters } from './map-filters.tsx';
import { chosenIds, DOMAINS, filterRows, MAP_COLUMNS, MAP_EFFECTS, mapRow, type QuestionRow, sortRows } from './map-rows.ts';
import { setLeasPage, type SortKey, useLeasPage } from './page-store.ts';
import { unitOf } from './words.ts';

interface Props {
  readonly rows: readonly QuestionRow[];
  readonly caption: string;
  readonly settings: AnalysisSettings;
}

/** Every question with its six effects, sorted and filtered. */
export function MapFigure({ rows, caption, settings }: Props) {
  const sorting = useLeasPage((page) => page.sorting);
  const filter = useLeasPage((page) => page.filter);
  const brush = useLeasPage((page) => page.brush);
  const onlyChosen = useLeasPage((page) => page.onlyChosen);
  const question = useLeasPage((page) => page.question);
  const chosen = useMemo(() => chosenIds(rows, brush), [rows, brush]);
  const filtered = useMemo(() => filterRows(rows, filter), [rows, filter]);
  const shown = useMemo(() => sortRows(chosen !== null && onlyChosen ? filtered.filter(({ id }) => chosen.has(id)) : filtered, sorting), [filtered, chosen, onlyChosen, sorting]);
  const drawn = useMemo(() => shown.map(mapRow), [shown]);
  const domain = DOMAINS[settings.scale];
  const unit = unitOf(settings.scale);
  const counted = rows.filter(({ effects }) => effects !== null).length;
  const sort = useCallback((key: string) => {
    const effect: SortKey | undefined = MAP_EFFECTS.find((one) => one === key) ?? (key === 'question' ? 'question' : undefined);
    if (effect === undefined) return;
    const before = useLeasPage.getState().sorting;
    // The most negative first, then the most positive, then as asked again.
    setLeasPage({ sorting: before.key !== effect ? { key: effect, ascending: true } : before.ascending ? { key: effect, ascending: false } : { key: 'order', ascending: true } });
  }, []);
  const select = useCallback((id: string) => setLeasPage({ question: id }), []);
  const unheard = useCallback(() => undefined, []);
  const [height] = useState(() => Math.max(360, Math.min(760, window.innerHeight - 200)));
  return (
    <Figure
      title={`${shown.length === rows.length ? plural(rows.length, 'question') : `${formatCount(shown.length)} of ${plural(rows.length, 'question')}`}, six effects each`}
      summary={`${counted < rows.length ? `${formatCount(counted)} counted so far. ` : ''}A press on a column’s name sorts by it; a press on a row opens the question. The arrow keys move over rows and columns.`}
      table={{
        caption: `Effects of each question, ${unit} scale, with 95 % intervals${drawn.length > MOST_ROWS ? `; the first ${MOST_ROWS} rows, all of them in the CSV` : ''}`,
        columns: [{ id: 'question', label: 'Question', wide: true }, ...MAP_COLUMNS.map(({ key, label }) => ({ id: key, label, align: 'right' as const }))],
        rows: drawn.slice(0, MOST_ROWS).map(({ text, cells }) => [text, ...cells.map((cell) => (cell === null ? '–' : `${formatFixed(cell.value, 2)} [${formatFixed(cell.low, 2)}, ${formatFixed(cell.high, 2)}]`))]),
      }}
      exports={{
        name: 'leas-map',
        caption,
        csv: () =>
          csv(
            ['question', 'text', ...MAP_EFFECTS.flatMap((effect) => [effect, `${effect}_low`, `${effect}_high`])],
            drawn.map(({ id, text, cells }) => [id, text, ...cells.flatMap((cell): (string | number)[] => (cell === null ? ['', '', ''] : [cell.value, cell.low, cell.high]))]),
            [caption],
          ),
      }}
      controls={<MapFilters rows={rows} chosen={chosen?.size ?? null} />}
    >
      <LambdaMap
        columns={MAP_COLUMNS}
        rows={drawn}
        domain={domain}
        unit={unit}
        selected={question}
        emphasised={onlyChosen ? null : chosen}
        sortedBy={sorting.key === 'order' || sorting.key === 'accuracy' || sorting.key === 'hops' ? null : sorting}
        onSort={sort}
        onSelect={select}
        onHover={unheard}
        height={height}
        label={`Effects of ${plural(drawn.length, 'question')}: ${MAP_EFFECTS.map((effect) => EFFECT_LABELS[effect]).join(', ')}`}
      />
    </Figure>
  );
}

/** More rows as a table would hold up the page. */
const MOST_ROWS = 200;
