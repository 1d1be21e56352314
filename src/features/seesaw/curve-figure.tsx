import { type ReactNode, useMemo } from 'react';
import type { Curve, CurvePoint, YKind } from '../../charts/curves/curve-layout.ts';
import { Curves } from '../../charts/curves/curves.tsx';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { setHoverStep, useHoverStep } from './page-store.ts';

interface Props {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly caption: string;
  readonly curves: readonly Curve[];
  readonly kind: YKind;
  readonly unit: string;
  readonly format: (value: number) => string;
  readonly lastX: number;
  readonly height: number;
  readonly reference?: number;
  readonly headingLevel?: 2 | 3;
  readonly controls?: ReactNode;
}

/** Curves with title, table and exports; the step under the pointer is that of every chart on the page. */
export function CurveFigure({ name, title, summary, caption, curves, kind, unit, format, lastX, height, reference, headingLevel = 3, controls }: Props) {
  const hover = useHoverStep((state) => state.step);
  const { columns, rows } = useMemo(() => curveTable(curves, unit), [curves, unit]);
  const longest = Math.max(0, ...curves.map(({ label }) => label.length));
  return (
    <Figure
      title={title}
      summary={summary}
      headingLevel={headingLevel}
      compact
      table={{ caption: `${title}: what is drawn`, columns, rows }}
      exports={{ name, caption, csv: () => csv(columns.map((column) => column.label), rows, [title, caption]) }}
      controls={controls}
    >
      <Curves
        label={`${title}. Arrow keys move over the steps.`}
        curves={curves}
        kind={kind}
        xLabel="steps"
        lastX={lastX}
        format={format}
        height={height}
        labelWidth={Math.min(116, 20 + 7 * longest)}
        {...(reference === undefined ? {} : { reference })}
        hoverX={hover}
        onHover={setHoverStep}
      />
    </Figure>
  );
}

/** Every point that is drawn, one a row; raw lines are told from means by their own name. */
function curveTable(curves: readonly Curve[], unit: string): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  const value = unit === '' ? 'value' : `value (${unit})`;
  const columns: Column[] = [{ id: 'curve', label: 'arm' }, { id: 'line', label: 'line' }, ...['step', value, 'standard error'].map((label) => ({ id: label, label, align: 'right' as const }))];
  const line = (label: string, kind: string, points: readonly CurvePoint[]) => points.map(({ x, y, error }) => [label, kind, String(x), y.toPrecision(6), error === null ? '' : error.toPrecision(3)]);
  const rows = curves.flatMap(({ label, points, raw }) => [...line(label, 'drawn thick', points), ...raw.flatMap((own, index) => line(label, `run ${index + 1}`, own))]);
  return { columns, rows };
}
