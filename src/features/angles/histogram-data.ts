import type { HistogramSeries, NullBand } from '../../charts/histogram/histogram-layout.ts';
import { type AngleAnalysis, type AngleRow, FULL_BINS, PAIRS, ZOOM_BINS } from '../../core/angles/types.ts';
import { formatDegrees, formatP, plural } from '../../ui/format.ts';
import type { HistogramRange } from '../../state/view-store.ts';
import { PAIR_LOOK } from './pair-look.ts';

export function binsOf(range: HistogramRange) {
  return range === 'full' ? FULL_BINS : ZOOM_BINS;
}

export function histogramSeries(analysis: AngleAnalysis, range: HistogramRange): HistogramSeries[] {
  const counts = range === 'full' ? analysis.counts : analysis.zoomCounts;
  return PAIRS.map((pair) => ({
    id: pair,
    label: PAIR_LOOK[pair].label,
    tone: PAIR_LOOK[pair].tone,
    counts: counts[pair],
    n: analysis.pairs[pair].n,
    median: analysis.pairs[pair].median,
    noise: analysis.pairs[pair].noise,
  }));
}

export function nullBand(analysis: AngleAnalysis, range: HistogramRange): NullBand | null {
  const permutation = analysis.permutation.value;
  if (!permutation) return null;
  return { label: 'shuffled roles', ...(range === 'full' ? permutation.bins : permutation.zoomBins) };
}

/** Half-width of the 95 % band of isotropic directions, for K's effective dimension: the wider of the two. */
export function isotropicReference(analysis: AngleAnalysis) {
  const sd = Math.max(analysis.isotropic.sd, analysis.isotropic.sdEffective);
  return Number.isFinite(sd) ? { at: 90, halfWidth: 1.96 * sd, label: 'isotropic, 95 %' } : null;
}

/** The null's median with its band, for the row under the pairs. */
export function nullMedian(analysis: AngleAnalysis) {
  const permutation = analysis.permutation.value;
  return permutation ? { label: 'shuffled', range: permutation.band } : null;
}

/** The chart's own finding, shorter than the page's. */
export function histogramTitle(analysis: AngleAnalysis): string {
  const parts = (['RT', 'RR', 'TT'] as const).flatMap((pair) => {
    const median = analysis.pairs[pair].median;
    return median ? [`${PAIR_LOOK[pair].label} ${formatDegrees(median.estimate)}`] : [];
  });
  if (parts.length === 0) return 'No angle is defined under these choices';
  const p = analysis.permutation.value ? `; against shuffled roles ${formatP(analysis.permutation.value.p)}` : '';
  return `Median angles: ${parts.join(', ')}${p}`;
}

/** n, seed, set and null: the line under an exported picture. */
export function captionOf(analysis: AngleAnalysis, source: string): string {
  const { settings, pairs } = analysis;
  const n = PAIRS.map((pair) => `${PAIR_LOOK[pair].label} n = ${pairs[pair].n}`).join(', ');
  const modules = settings.layer === 'all' && settings.target === 'all' ? 'all modules' : `layer ${settings.layer}, ${settings.target === 'all' ? 'all targets' : settings.target}`;
  const permutation = analysis.permutation.value ? `null: roles of spans shuffled within trajectories, ${analysis.permutation.value.draws} draws, 95 % band` : `no permutation null (${analysis.permutation.reason})`;
  const choices = [`design ${settings.design}`, `reasoning ${settings.reasoning}`, settings.advantage ? 'advantage-weighted' : 'unweighted', settings.bothCorrect ? 'both correct' : null, settings.identical ? 'identical rollouts kept' : null, modules].filter(Boolean).join(', ');
  return `${n}; ${choices}; medians with 95 % bootstrap intervals ${intervalBasis(analysis)}; ${permutation}; seed ${settings.seed}. ${source} Seesaw ${__APP_VERSION__} (${__APP_COMMIT__}).`;
}

/** What the bootstrap drew: whole questions, unless the data hold one question only. */
function intervalBasis({ pairs }: AngleAnalysis): string {
  switch (pairs.RT.median?.basis ?? pairs.RR.median?.basis ?? pairs.TT.median?.basis) {
    case 'rollouts':
      return 'over the rollouts of the one question';
    case 'draws':
      return 'over the draws of the one question';
    case 'none':
      return 'undefined (a single figure)';
    case undefined:
      return 'clustered by question';
  }
}

export function rowsIn(rows: readonly AngleRow[], range: readonly [number, number] | null): number[] {
  const indices: number[] = [];
  rows.forEach((row, index) => {
    if (range === null || (row.degrees >= range[0] && row.degrees < range[1])) indices.push(index);
  });
  return indices;
}

/** What a bin holds, said in words. */
export function binWords(analysis: AngleAnalysis, range: HistogramRange, bin: number): string {
  const bins = binsOf(range);
  const digits = bins.width < 1 ? 2 : 0;
  const counts = range === 'full' ? analysis.counts : analysis.zoomCounts;
  const from = bins.from + bin * bins.width;
  return `${from.toFixed(digits)}–${(from + bins.width).toFixed(digits)}°: ${PAIRS.map((pair) => `${PAIR_LOOK[pair].label} ${plural(counts[pair][bin], 'angle')}`).join(', ')}`;
}
