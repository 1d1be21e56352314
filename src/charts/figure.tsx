import { type ReactNode, useCallback, useId, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { download, downloadText } from '../ui/download.ts';
import { Icon } from '../ui/icon.tsx';
import { Menu } from '../ui/menu.tsx';
import { fontFaceRule } from './export/font.ts';
import { svgToPng } from './export/png.ts';
import { exportSvg, parseSvg } from './export/svg.ts';
import { FigurePicture } from './figure-picture.ts';
import styles from './figure.module.css';

interface Props {
  /** The finding in words. */
  readonly title: string;
  /** One sentence that says what the chart shows. */
  readonly summary: string;
  readonly table: { readonly caption: string; readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] };
  /** `caption`: n, seed, set, null; printed in the exported picture. `csv`: exactly what is drawn. */
  readonly exports: { readonly name: string; readonly caption: string; readonly csv: () => string } | null;
  readonly controls?: ReactNode;
  readonly headingLevel?: 2 | 3;
  /** For small charts: the tools are icons without words. */
  readonly compact?: boolean;
  readonly children: ReactNode;
}

/** The frame of every chart: title, summary, the chart, the table behind it, and its exports. */
export function Figure({ title, summary, table, exports, controls, headingLevel = 2, compact = false, children }: Props) {
  const [showTable, setShowTable] = useState(false);
  const [failure, setFailure] = useState('');
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const drawn = useRef<(() => string) | null>(null);
  const register = useCallback((make: () => string) => {
    drawn.current = make;
    return () => {
      if (drawn.current === make) drawn.current = null;
    };
  }, []);
  const Heading = headingLevel === 2 ? 'h2' : 'h3';
  const picture = async (kind: 'svg' | 'png') => {
    const frame = body.current;
    if (!frame || !exports) return;
    setFailure('');
    try {
      const chart = drawn.current ? parseSvg(drawn.current()) : frame.querySelector('svg[data-chart]');
      if (!(chart instanceof SVGSVGElement)) return;
      const exported = exportSvg(chart, { title, caption: exports.caption }, await fontFaceRule(), frame);
      if (kind === 'svg') downloadText(exported.markup, `${exports.name}.svg`, 'image/svg+xml');
      else download(await svgToPng(exported), `${exports.name}.png`);
    } catch (error) {
      setFailure(`The picture could not be made: ${error instanceof Error ? error.message : String(error)} The CSV holds the same numbers.`);
    }
  };
  return (
    <figure className={styles.figure} aria-labelledby={titleId}>
      <div className={[styles.head, compact ? styles.compact : ''].join(' ')}>
        <Heading className={styles.title} id={titleId}>
          {title}
        </Heading>
        <div className={styles.tools}>
          <Button variant="quiet" size="small" square={compact} aria-pressed={showTable} onClick={() => setShowTable(!showTable)} {...(compact ? { 'aria-label': `${showTable ? 'Hide' : 'Show'} the table of: ${title}`, title: showTable ? 'Hide table' : 'Show table' } : {})}>
            <Icon name="table" size={16} />
            {compact ? null : showTable ? 'Hide table' : 'Show table'}
          </Button>
          {exports && (
            <Menu
              trigger={
                <Button variant="quiet" size="small" square={compact} {...(compact ? { 'aria-label': `Export: ${title}`, title: 'Export' } : {})}>
                  <Icon name="export" size={16} />
                  {compact ? null : 'Export'}
                </Button>
              }
              sections={[
                {
                  items: [
                    { id: 'csv', label: 'CSV', hint: 'The numbers drawn', icon: 'table', onSelect: () => downloadText(exports.csv(), `${exports.name}.csv`, 'text/csv') },
                    { id: 'svg', label: 'SVG', hint: 'The picture as drawn, with a caption', icon: 'export', onSelect: () => void picture('svg') },
                    { id: 'png', label: 'PNG', hint: 'The same at twice the size', icon: 'export', onSelect: () => void picture('png') },
                  ],
                },
              ]}
            />
          )}
        </div>
      </div>
      {controls}
      <div ref={body}>
        <FigurePicture value={register}>{children}</FigurePicture>
      </div>
      <figcaption className={styles.summary}>{summary}</figcaption>
      {failure !== '' && (
        <p className={styles.failure} role="alert">
          {failure}
        </p>
      )}
      {showTable && <DataTable caption={table.caption} columns={table.columns} rows={table.rows} maxHeight={360} />}
    </figure>
  );
}
