import type { CheckParity, DifferenceCheck, Verdict } from './model-check-events.ts';
import { DIFFERENCE_TOLERANCE } from './model-check-differences.ts';

/** How far measured bytes may be from the predicted ones, relative. */
const MEMORY_TOLERANCE = 0.15;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
const percent = (share: number): string => `${share >= 0.1 ? (100 * share).toFixed(0) : Number((100 * share).toPrecision(2))} %`;
/** "2.1·10⁻⁶". */
function nats(value: number): string {
  if (!Number.isFinite(value)) return 'infinitely many';
  const [mantissa, exponent] = value.toExponential(1).split('e');
  return value === 0 || value >= 1e-3 ? String(Number(value.toPrecision(2))) : `${mantissa}·10⁻${Array.from(exponent.slice(1), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit))).join('')}`;
}

export function memoryVerdict(measured: number, predicted: number): Verdict {
  const deviation = measured / predicted - 1;
  const passed = Math.abs(deviation) <= MEMORY_TOLERANCE;
  const where = Math.abs(deviation) < 0.001 ? 'as predicted' : `${percent(Math.abs(deviation))} ${deviation < 0 ? 'below' : 'above'} the predicted ${mebibytes(predicted)}`;
  return { kind: 'memory', outcome: passed ? 'passed' : 'failed', finding: `At most ${mebibytes(measured)} on the graphics device, ${where}${passed ? '' : ` (15 % are allowed)`}.` };
}

export function parityVerdict({ maxDifference, meanDifference, tolerance, basis, tokens }: CheckParity): Verdict {
  const outcome = tolerance === null ? 'told' : maxDifference <= tolerance ? 'passed' : 'failed';
  const measure = `at most ${nats(maxDifference)} nats a token from onnxruntime, ${nats(meanDifference)} in the mean of ${tokens}`;
  return { kind: 'onnxruntime', outcome, finding: `The engine is ${measure}${tolerance === null ? '' : ` (allowed: ${tolerance})`}. ${basis}` };
}

/** Gradients must be there and be numbers; a device that is lost in the middle ends the whole check. */
export function backwardVerdict(losses: ArrayLike<number>, expected: readonly number[], gradients: readonly Float32Array[]): Verdict {
  const fail = (finding: string): Verdict => ({ kind: 'backward', outcome: 'failed', finding });
  for (const [loss, flat] of gradients.entries()) {
    if (!flat.every(Number.isFinite)) return fail(`The gradient of loss ${loss} has entries that are not numbers.`);
    if (flat.every((value) => value === 0)) return fail(`The gradient of loss ${loss} is 0 everywhere.`);
  }
  const apart = expected.map((value, loss) => Math.abs(value - losses[loss]) / Math.max(1, Math.abs(value)));
  // The same forward twice: anything but the last bits of f32 sums is a fault. Not a number must fail too.
  if (!apart.every((value) => value <= 1e-5)) return fail(`The losses of the backward pass (${Array.from(losses, (value) => value.toPrecision(8)).join(', ')}) are not those of the forward pass (${expected.map((value) => value.toPrecision(8)).join(', ')}).`);
  return { kind: 'backward', outcome: 'passed', finding: `One pass over all layers gave the gradients of ${gradients.length} losses, and the losses of the forward pass.` };
}

export function differencesVerdict(checks: readonly DifferenceCheck[], missing: number): Verdict {
  const worst = Math.max(0, ...checks.map(({ error }) => error));
  if (missing > 0) return { kind: 'differences', outcome: 'failed', finding: `${missing} of ${missing + checks.length} places have no gradient to compare.` };
  const wrong = checks.filter(({ passed }) => !passed).length;
  const tail = `within ${percent(DIFFERENCE_TOLERANCE)} (largest: ${Number.isFinite(worst) ? percent(worst) : 'not a number'})`;
  return wrong === 0
    ? { kind: 'differences', outcome: 'passed', finding: `Central differences agree with the gradient at all ${checks.length} entries, ${tail}.` }
    : { kind: 'differences', outcome: 'failed', finding: `Central differences contradict the gradient at ${wrong} of ${checks.length} entries; they must agree ${tail}.` };
}
