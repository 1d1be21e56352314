import { useEased } from '../../ui/use-eased.ts';
import { useWidth } from '../../ui/use-size.ts';
import { formatFixed } from '../../ui/format.ts';
import { seriesClass } from '../series.ts';
import { type Beam, type BeamEnd, beamGrid, beamHeights, beamReach } from './beam-layout.ts';
import styles from './beams.module.css';

interface Props {
  readonly beams: readonly Beam[];
  readonly label: string;
  /** A change with its error, in points. */
  readonly formatChange: (change: number, error: number | null) => string;
}

const CELL = 248;
const MINIMUM = 236;
/** Pixels that the common reach takes above and below the base line. */
const HALF = 46;
const BASE = 98;
const GROUND = BASE + HALF + 18;
const EASE_MS = 220;

/** One seesaw an arm, all to one scale: reasoning skill on the left end, tool skill on the right. */
export function Beams(props: Props) {
  const [ref, width] = useWidth();
  return <div ref={ref}>{width > 0 && <Drawing {...props} width={width} />}</div>;
}

function Drawing({ beams, label, formatChange, width }: Props & { readonly width: number }) {
  const { columns, rows, cell } = beamGrid(beams.length, width, MINIMUM);
  const reach = beamReach(beams.flatMap(({ reasoning, tool }) => [reasoning, tool]));
  const changes = useEased(
    beams.flatMap(({ reasoning, tool }) => [reasoning?.change ?? 0, tool?.change ?? 0]),
    EASE_MS,
  );
  const height = rows * CELL;
  return (
    <svg data-chart="" className={styles.chart} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      {beams.map((beam, index) => (
        <g key={beam.id} transform={`translate(${(index % columns) * cell}, ${Math.floor(index / columns) * CELL})`}>
          <Seesaw beam={beam} left={changes[2 * index]} right={changes[2 * index + 1]} reach={reach} width={cell - (columns > 1 ? 32 : 0)} formatChange={formatChange} />
        </g>
      ))}
    </svg>
  );
}

interface SeesawProps {
  readonly beam: Beam;
  /** Changes as they are drawn now. */
  readonly left: number;
  readonly right: number;
  readonly reach: number;
  readonly width: number;
  readonly formatChange: Props['formatChange'];
}

function Seesaw({ beam, left, right, reach, width, formatChange }: SeesawProps) {
  const inner = Math.min(width, 420);
  const x0 = 34;
  const x1 = inner - 34;
  const centre = (x0 + x1) / 2;
  const heights = beamHeights(left, right, reach, x1 - x0, HALF);
  const tip = BASE - heights.middle + 3;
  return (
    <g className={[seriesClass(beam.slot), beam.step === null ? styles.waiting : ''].join(' ')}>
      <text className={styles.name} x={0} y={16}>
        {beam.label}
      </text>
      <text className={styles.note} x={inner} y={16} textAnchor="end">
        {beam.step === null ? 'not evaluated yet' : beam.step === 0 ? 'before the first step' : `after ${beam.step} ${beam.step === 1 ? 'step' : 'steps'}`}
      </text>
      <line className={styles.base} x1={0} x2={inner} y1={BASE} y2={BASE} />
      <text className={styles.scale} x={centre + 11} y={BASE - HALF + 4}>
        {`+${formatFixed(100 * reach, 0)} points`}
      </text>
      <path className={styles.tickMark} d={`M${centre - 5},${BASE - HALF}h10M${centre - 5},${BASE + HALF}h10`} />
      <path className={styles.fulcrum} d={`M${centre},${tip}L${centre + 15},${GROUND}H${centre - 15}Z`} />
      <line className={styles.ground} x1={0} x2={inner} y1={GROUND} y2={GROUND} />
      <Whisker end={beam.reasoning} x={x0} at={heights.reasoning} reach={reach} />
      <Whisker end={beam.tool} x={x1} at={heights.tool} reach={reach} />
      <line className={styles.beam} data-beam={beam.id} x1={x0} y1={BASE - heights.reasoning} x2={x1} y2={BASE - heights.tool} />
      <circle className={styles.reasoning} cx={x0} cy={BASE - heights.reasoning} r={8} />
      <rect className={styles.tool} x={x1 - 7.5} y={BASE - heights.tool - 7.5} width={15} height={15} rx={2} />
      <Reading end={beam.reasoning} name="Reasoning skill" x={0} anchor="start" formatChange={formatChange} />
      <Reading end={beam.tool} name="Tool skill" x={inner} anchor="end" formatChange={formatChange} />
    </g>
  );
}

function Whisker({ end, x, at, reach }: { readonly end: BeamEnd | null; readonly x: number; readonly at: number; readonly reach: number }) {
  if (end === null || end.changeError === null || end.changeError === 0) return null;
  const length = (end.changeError / reach) * HALF;
  return <line className={styles.whisker} x1={x} x2={x} y1={BASE - at - length} y2={BASE - at + length} />;
}

function Reading({ end, name, x, anchor, formatChange }: { readonly end: BeamEnd | null; readonly name: string; readonly x: number; readonly anchor: 'start' | 'end'; readonly formatChange: Props['formatChange'] }) {
  return (
    <g textAnchor={anchor}>
      <text className={styles.note} x={x} y={GROUND + 20}>
        {name}
      </text>
      <text className={styles.value} x={x} y={GROUND + 41}>
        {end === null ? '–' : `${formatFixed(100 * end.value, 1)} %`}
      </text>
      <text className={styles.change} x={x} y={GROUND + 60}>
        {end === null ? '' : end.change === 0 && (end.changeError ?? 0) === 0 ? 'the base' : `${formatChange(end.change, end.changeError)} points`}
      </text>
    </g>
  );
}
