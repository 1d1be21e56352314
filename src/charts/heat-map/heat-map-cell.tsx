import type { KeyboardEvent } from 'react';
import { formatFixed } from '../../ui/format.ts';
import { cellColour, inkOn } from './heat-map-layout.ts';
import styles from './heat-map.module.css';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly centre: number;
  readonly reach: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly undefinedFill: string;
  readonly chosen: boolean;
  readonly tabbable: boolean;
  readonly onChoose: () => void;
  readonly onKeyDown: (event: KeyboardEvent<SVGGElement>) => void;
}

export function HeatMapCell({ id, label, value, centre, reach, box, undefinedFill, chosen, tabbable, onChoose, onKeyDown }: Props) {
  const colour = Number.isNaN(value) ? undefinedFill : cellColour(value, centre, reach);
  return (
    <g
      role="gridcell"
      data-cell={id}
      tabIndex={tabbable ? 0 : -1}
      aria-label={label}
      aria-selected={chosen}
      className={[styles.cell, chosen ? styles.chosen : ''].join(' ')}
      onClick={onChoose}
      onKeyDown={onKeyDown}
    >
      <rect {...box} fill={colour} />
      <rect className={styles.frame} {...box} />
      {!Number.isNaN(value) && box.width >= 34 && box.height >= 14 && (
        <text className={styles.value} x={box.x + box.width / 2} y={box.y + box.height / 2 + 4} textAnchor="middle" fill={inkOn(colour)}>
          {formatFixed(value, 1)}
        </text>
      )}
    </g>
  );
}
