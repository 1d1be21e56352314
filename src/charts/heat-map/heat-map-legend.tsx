import { cellColour } from './heat-map-layout.ts';
import styles from './heat-map.module.css';

interface Props {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly centre: number;
  readonly reach: number;
  readonly below: string;
  readonly above: string;
}

const STEPS = 40;

/** The scale with its domain printed; the cells use the same function. */
export function HeatMapLegend({ x, y, width, centre, reach, below, above }: Props) {
  return (
    <g role="presentation">
      {Array.from({ length: STEPS }, (_, step) => (
        <rect key={step} x={x + (step * width) / STEPS} y={y} width={width / STEPS + 0.5} height={8} fill={cellColour(centre - reach + ((step + 0.5) * 2 * reach) / STEPS, centre, reach)} />
      ))}
      <rect className={styles.legendEdge} x={x} y={y} width={width} height={8} />
      <text className={styles.label} x={x} y={y + 24}>
        {`≤ ${centre - reach}° ${below}`}
      </text>
      <text className={styles.label} x={x + width / 2} y={y + 24} textAnchor="middle">
        {`${centre}°`}
      </text>
      <text className={styles.label} x={x + width} y={y + 24} textAnchor="end">
        {`${above} ≥ ${centre + reach}°`}
      </text>
    </g>
  );
}
