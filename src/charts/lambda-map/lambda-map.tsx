import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useWidth } from '../../ui/use-size.ts';
import { useFigurePicture } from '../figure-picture.ts';
import { CanvasPen } from './canvas-pen.ts';
import { readTheme } from './lambda-colours.ts';
import { columnX, hitTest, layoutMap, type MapPoint, moveTo, ROW_HEIGHT, scrollToShow } from './lambda-layout.ts';
import { LambdaMapHeader } from './lambda-map-header.tsx';
import { LambdaMapLegend } from './lambda-map-legend.tsx';
import { LambdaMapRows, partId } from './lambda-map-rows.tsx';
import { lambdaMapSvg } from './lambda-map-svg.ts';
import { LambdaMapTip, type Tip } from './lambda-map-tip.tsx';
import { MapPainter } from './map-painter.ts';
import styles from './lambda-map.module.css';
import type { LambdaMapProps } from './types.ts';
import { useThemeName } from './use-theme.ts';

export { lambdaMapSvg } from './lambda-map-svg.ts';
export type { LambdaCell, LambdaColumn, LambdaMapProps, LambdaRow } from './types.ts';

/**
 * Questions × coefficients, one colour a cell. Rows are painted on a canvas as they come into view (`MapPainter`); the
 * keyboard and screen readers have a grid with the rows around the one they are on.
 */
export function LambdaMap(props: LambdaMapProps) {
  const { columns, rows, domain, unit, selected, emphasised, sortedBy, onSort, onSelect, onHover, height, label } = props;
  const id = useId();
  const [body, width] = useWidth();
  const themeName = useThemeName();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<MapPainter | null>(null);
  const [at, setAt] = useState<{ readonly id: string | null; readonly column: number }>({ id: null, column: -1 });
  const [byKeyboard, setByKeyboard] = useState(false);
  const [tip, setTip] = useState<Tip | null>(null);
  /** Where the scroll position was when the tip came: it goes when the rows move under it. */
  const tipScroll = useRef<number | null>(null);

  const places = useMemo(() => new Map(rows.map((row, index) => [row.id, index])), [rows]);
  const layout = useMemo(() => layoutMap(width, columns.length, String(rows.length).length), [width, columns.length, rows.length]);
  const placeOf = (row: string | null) => (row === null ? undefined : places.get(row));
  const active = placeOf(at.id) ?? placeOf(selected) ?? 0;
  const outer = Math.min(height, layout.headerHeight + Math.max(1, rows.length) * ROW_HEIGHT);
  const viewport = outer - layout.headerHeight;
  const hovered = tip && !byKeyboard ? tip.point.row : -1;

  useEffect(() => {
    if (!scroller.current || !canvas.current) return undefined;
    const made = new MapPainter(scroller.current, canvas.current);
    painter.current = made;
    return () => made.stop();
  }, []);
  useEffect(() => {
    if (!scroller.current) return;
    // Read again when the name changes: the tokens' values are the stylesheet's.
    const theme = { ...readTheme(scroller.current), name: themeName };
    painter.current?.show({ rows, layout, theme, domain, viewport, hovered, active: byKeyboard ? active : -1, selected, emphasised });
  }, [rows, layout, themeName, domain, viewport, hovered, byKeyboard, active, selected, emphasised]);

  const picture = useCallback(() => {
    const element = scroller.current;
    const context = canvas.current?.getContext('2d', { alpha: false });
    if (!element || width === 0) return lambdaMapSvg(props);
    const theme = readTheme(element);
    const pen = context ? new CanvasPen(context, 1, theme.page) : null;
    return lambdaMapSvg(props, { width, scrollTop: element.scrollTop, theme, measure: pen ? (text, font) => pen.measure(text, font) : null });
  }, [props, width]);
  useFigurePicture(picture);

  // Another order starts at its top; a row chosen elsewhere is brought into view.
  const order = sortedBy ? `${sortedBy.key} ${sortedBy.ascending}` : '';
  const shownOrder = useRef(order);
  useLayoutEffect(() => {
    if (shownOrder.current === order) return;
    shownOrder.current = order;
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [order]);
  const chosen = placeOf(selected) ?? -1;
  const shownChoice = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (shownChoice.current === selected || width === 0 || chosen < 0) return;
    shownChoice.current = selected;
    if (scroller.current) scroller.current.scrollTop = scrollToShow(chosen, scroller.current.scrollTop, viewport);
  }, [selected, chosen, viewport, width]);

  const hover = useCallback(
    (next: Tip | null) => {
      tipScroll.current = next ? (scroller.current?.scrollTop ?? 0) : null;
      setTip(next);
    },
    [setTip],
  );
  const pointAt = (event: PointerEvent | React.MouseEvent): Tip | null => {
    const element = scroller.current;
    if (!element) return null;
    const box = element.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const point = hitTest(layout, x, y - layout.headerHeight, element.scrollTop, rows.length);
    return point && y < outer ? { point, x, y } : null;
  };
  const onPointerMove = (event: PointerEvent) => {
    if (event.pointerType === 'touch') return;
    const next = pointAt(event);
    if (next?.point.row !== tip?.point.row || byKeyboard) onHover(next ? rows[next.point.row].id : null);
    setByKeyboard(false);
    hover(next);
  };
  const leave = () => {
    if (!tip) return;
    onHover(null);
    hover(null);
  };
  const onClick = (event: React.MouseEvent) => {
    const next = pointAt(event);
    if (!next) return;
    const row = rows[next.point.row];
    setAt({ id: row.id, column: next.point.column });
    setByKeyboard(false);
    // A finger does not hover: its tap shows what a pointer would have seen.
    hover(next);
    onSelect(row.id);
  };
  const go = (to: MapPoint) => {
    const element = scroller.current;
    if (!element) return;
    element.scrollTop = scrollToShow(to.row, element.scrollTop, viewport);
    setAt({ id: rows[to.row].id, column: to.column });
    setByKeyboard(true);
    onHover(rows[to.row].id);
    hover({ point: to, x: to.column < 0 ? 0 : columnX(layout, to.column), y: layout.headerHeight + (to.row + 0.5) * ROW_HEIGHT - element.scrollTop });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && tip) {
      event.stopPropagation();
      leave();
      return;
    }
    if ((event.key === 'Enter' || event.key === ' ') && rows.length > 0) onSelect(rows[active].id);
    else {
      // The first key shows where the keyboard is and does not leave it yet.
      const column = at.column;
      const next = moveTo({ row: active, column }, event.key, rows.length, columns.length, Math.floor(viewport / ROW_HEIGHT) - 1);
      if (!next) return;
      go(next);
    }
    event.preventDefault();
  };
  const tipRow = tip ? rows.at(tip.point.row) : undefined;
  return (
    <div className={styles.map}>
      <div className={styles.frame}>
        <div
          ref={scroller}
          className={styles.scroller}
          style={{ height: outer }}
          role="grid"
          tabIndex={0}
          aria-label={label}
          aria-rowcount={rows.length + 1}
          aria-colcount={columns.length + 1}
          {...(rows.length > 0 ? { 'aria-activedescendant': partId(id, active, at.column) } : {})}
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            if (event.target === event.currentTarget && event.currentTarget.matches(':focus-visible')) setByKeyboard(true);
          }}
          onBlur={(event) => {
            if (event.target !== event.currentTarget) return;
            setByKeyboard(false);
            leave();
          }}
          onPointerMove={onPointerMove}
          onPointerLeave={leave}
          onScroll={(event) => {
            if (tipScroll.current === null || Math.abs(tipScroll.current - event.currentTarget.scrollTop) < 1) return;
            leave();
          }}
          onClick={onClick}
        >
          <div ref={body} style={{ height: layout.headerHeight + Math.max(1, rows.length) * ROW_HEIGHT }}>
            <LambdaMapHeader columns={columns} sortedBy={sortedBy} onSort={onSort} layout={layout} />
            <canvas ref={canvas} className={styles.canvas} style={{ top: layout.headerHeight, width: layout.width, height: viewport }} aria-hidden="true" />
            {rows.length === 0 && <p className={styles.empty}>No question to show.</p>}
            <div className={styles.pin}>
              <LambdaMapRows id={id} columns={columns} rows={rows} domain={domain} selected={selected} active={active} />
            </div>
          </div>
        </div>
        {tip && tipRow && <LambdaMapTip tip={tip} row={tipRow} columns={columns} domain={domain} unit={unit} width={width} height={outer} />}
      </div>
      <LambdaMapLegend domain={domain} unit={unit} theme={themeName} />
    </div>
  );
}
