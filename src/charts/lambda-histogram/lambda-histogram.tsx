import { useWidth } from '../../ui/use-size.ts';
import type { LambdaHistogramProps } from './types.ts';

export type { LambdaHistogramProps, LambdaRange, LambdaReference } from './types.ts';

/** Histogram of an effect over questions, with worlds without interference drawn over it. */
export function LambdaHistogram({ measured, height = 300, label }: LambdaHistogramProps) {
  const [ref, width] = useWidth();
  const highest = Math.max(1, ...measured.counts);
  const step = width / measured.counts.length;
  return (
    <div ref={ref}>
      {width > 0 && (
        <svg data-chart="" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
          {measured.counts.map((count, bin) => (
            <rect key={bin} x={bin * step} width={step - 1} y={height - (count / highest) * height} height={(count / highest) * height} fill="var(--null)" />
          ))}
        </svg>
      )}
    </div>
  );
}
