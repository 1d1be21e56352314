import { useId } from 'react';
import { domainText, markWords } from './describe.ts';
import { lambdaColour, type ThemeName } from './lambda-colours.ts';
import styles from './lambda-map.module.css';

const STOPS = 16;

/** The scale with its domain, and what the marks in the cells mean. */
export function LambdaMapLegend({ domain, unit, theme }: { readonly domain: number; readonly unit: string; readonly theme: ThemeName }) {
  const pattern = useId();
  const words = markWords(domain);
  const centre = lambdaColour(0, theme);
  const stops = Array.from({ length: STOPS + 1 }, (_, index) => lambdaColour((2 * index) / STOPS - 1, theme).fill);
  return (
    <ul className={styles.legend} aria-label="How to read the cells">
      <li className={styles.scale}>
        <span>λ, {unit}</span>
        <span className={styles.number}>−{domainText(domain)}</span>
        <i className={styles.ramp} style={{ backgroundImage: `linear-gradient(to right, ${stops.join(', ')})` }} />
        <span className={styles.number}>{domainText(domain)}</span>
      </li>
      <li>
        <svg className={styles.swatch} viewBox="0 0 20 14" aria-hidden="true">
          <rect width="20" height="14" fill={centre.fill} />
          <circle cx="10" cy="7" r="2.25" fill={centre.ink} />
        </svg>
        {words.certain}
      </li>
      <li>
        <svg className={styles.swatch} viewBox="0 0 20 14" aria-hidden="true">
          <defs>
            <pattern id={`${pattern}one`} width="4.25" height="4.25" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <path d="M0,0V8" stroke={centre.ink} strokeOpacity="0.55" />
            </pattern>
          </defs>
          <rect width="20" height="14" fill={centre.fill} />
          <rect width="20" height="14" fill={`url(#${pattern}one)`} />
        </svg>
        {words.saturated}
      </li>
      <li>
        <svg className={styles.swatch} viewBox="0 0 20 14" aria-hidden="true">
          <defs>
            <pattern id={`${pattern}two`} width="4.25" height="4.25" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <path className={styles.crossing} d="M0,0H8M0,0V8" />
            </pattern>
          </defs>
          <rect width="20" height="14" fill={`url(#${pattern}two)`} />
        </svg>
        {words.undefined}
      </li>
      <li>
        <svg className={styles.swatch} viewBox="0 0 20 14" aria-hidden="true">
          <rect width="20" height="14" fill={centre.fill} />
          <path d="M4,10h6l-3,-6zM11,4h6l-3,6z" fill={centre.ink} />
        </svg>
        {words.beyond}
      </li>
    </ul>
  );
}
