import type { CDPSession, Page } from '@playwright/test';
import { z } from 'zod';
import { buildIfStale, serve } from '../reproduce/app.ts';
import { launch } from '../reproduce/in-browser.ts';
import { resident } from '../reproduce/process-memory.ts';

export const ENDURANCE_STEPS = 200;
/** Steps before anything is fitted: pipelines, caches and scratch of every size class are made there. */
const WARM_UP = 40;
/** Steps between two lines. */
const EVERY = 20;
const POLL_MS = 500;
/** Points of a slope with an error; fewer would pass for no growth. */
const LEAST_LINES = 3;
const LEAST_STEPS = WARM_UP + LEAST_LINES * EVERY;

export interface EnduranceSizes {
  readonly questions: number;
  readonly samples: number;
  readonly steps: number;
}

/** Bytes after some steps. Of processes: the median since the line before, because a step's scratch comes and goes. */
interface Sample {
  readonly step: number;
  readonly workerHeap: number;
  readonly pageHeap: number;
  readonly decoder: number;
  readonly renderer: number;
  readonly gpuProcess: number;
}

/**
 * What counts as growth, bytes a step: bounds that were set, not measured. Heaps keep the run's reports, points and log,
 * which the curves are drawn from; processes fragment; a decoder may still reach a size class for the first time.
 */
const LIMITS = { workerHeap: 8_000, pageHeap: 16_000, decoder: 50_000, renderer: 100_000, gpuProcess: 100_000 } as const;
type Measure = keyof typeof LIMITS;
const NAMES: Readonly<Record<Measure, string>> = { workerHeap: 'worker heap', pageHeap: 'page heap', decoder: 'decoder on GPU', renderer: 'renderer RSS', gpuProcess: 'GPU process RSS' };
const MEASURES: readonly Measure[] = ['workerHeap', 'pageHeap', 'decoder', 'renderer', 'gpuProcess'];

export interface Slope {
  /** Bytes a step, with its standard error. */
  readonly slope: number;
  readonly error: number;
  readonly grows: boolean;
}

export interface Endurance {
  readonly sizes: EnduranceSizes;
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly slopes: Readonly<Record<Measure, Slope>>;
  readonly grows: boolean;
}

const heapUsage = z.object({ usedSize: z.number(), backingStorageSize: z.number().optional() });
const answer = z.object({ id: z.number(), result: z.unknown().optional() });
const processes = z.object({ processInfo: z.array(z.object({ type: z.string(), id: z.number() })) });

/** The laboratory's worker through the page's own session: Playwright has no sessions for workers. */
class WorkerSession {
  readonly #session: CDPSession;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #worker: string | null = null;
  #last = 0;

  constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker' && targetInfo.url.includes('lab-worker')) this.#worker = sessionId;
    });
    session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      if (sessionId !== this.#worker) return;
      const parsed = answer.safeParse(JSON.parse(message));
      if (!parsed.success) return;
      this.#waiting.get(parsed.data.id)?.(parsed.data.result);
      this.#waiting.delete(parsed.data.id);
    });
  }

  async attach(): Promise<void> {
    await this.#session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  }

  async send(method: string): Promise<unknown> {
    const worker = this.#worker;
    if (worker === null) throw new Error('The worker of the page was not found.');
    this.#last += 1;
    const id = this.#last;
    const result = new Promise((resolve) => this.#waiting.set(id, resolve));
    await this.#session.send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method }) });
    return result;
  }
}

/** Live bytes of a heap after a forced collection, buffers of arrays included. */
async function heap(send: (method: 'HeapProfiler.collectGarbage' | 'Runtime.getHeapUsage') => Promise<unknown>): Promise<number> {
  await send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = heapUsage.parse(await send('Runtime.getHeapUsage'));
  return usedSize + backingStorageSize;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Least squares of a measure over the steps after the warm-up. */
export function slopeOf(points: readonly (readonly [number, number])[], limit: number): Slope {
  const n = points.length;
  if (n < LEAST_LINES) throw new RangeError(`A slope needs ${LEAST_LINES} points or more, not ${n}.`);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const xx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / xx;
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / xx);
  return { slope, error, grows: slope - 2 * error > limit };
}

/** Trains DART in the built page in a headless browser and looks at its memory every 20 steps. */
export async function endurance(sizes: EnduranceSizes, tell: (line: string) => void): Promise<Endurance> {
  if (sizes.steps < LEAST_STEPS) throw new RangeError(`Growth is told from ${LEAST_STEPS} steps on, not from ${sizes.steps}.`);
  buildIfStale();
  const server = await serve();
  const browser = await launch(null);
  try {
    const page = await browser.context.newPage();
    await page.goto(new URL('?headless=1#/seesaw', server.address).href);
    await page.waitForFunction(() => window.seesawHeadless !== undefined);
    return await observe(page, browser.context.browser()!.newBrowserCDPSession(), sizes, tell);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function observe(page: Page, opening: Promise<CDPSession>, sizes: EnduranceSizes, tell: (line: string) => void): Promise<Endurance> {
  const whole = await opening;
  const own = await page.context().newCDPSession(page);
  const worker = new WorkerSession(own);
  await worker.attach();
  const { processInfo } = processes.parse(await whole.send('SystemInfo.getProcessInfo'));
  const gpuProcess = processInfo.find(({ type }) => type === 'GPU');
  if (!gpuProcess) throw new Error('The browser has no graphics process.');
  // The page's own renderer is the largest: the browser keeps spare ones.
  const renderer = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => resident(b.id) - resident(a.id))[0];
  const begun = performance.now();
  const { steps, questions, samples } = sizes;
  let failure: unknown = null;
  const running = page
    .evaluate((wanted) => window.seesawHeadless!.seesaw.run(wanted), {
      ...{ arms: ['dart'], seeds: [1], steps, questions, samples, rates: null, kl: null, epochs: null, schedule: null, denominator: null, rank: null },
      ...{ trainSets: null, evalSet: null, evalQuestions: 2, evalSamples: 1, evalEvery: 0, batch: null, provider: null, keep: false },
    })
    .catch((error: unknown) => {
      failure = error;
    });
  tell(`  ${'step'.padStart(5)} ${MEASURES.map((measure) => `${NAMES[measure]}, MB`.padStart(20)).join('')}`);
  const seen: Sample[] = [];
  let sizesSince: { renderer: number; gpuProcess: number }[] = [];
  while (seen.length * EVERY < steps) {
    await page.waitForTimeout(POLL_MS);
    // The assignment happens in a callback, which the compiler does not follow.
    if (failure !== null) throw failure as Error;
    sizesSince.push({ renderer: resident(renderer.id), gpuProcess: resident(gpuProcess.id) });
    const progress = await page.evaluate(() => window.seesawHeadless!.seesaw.progress());
    if (progress === null || progress.steps < Math.min(steps, (seen.length + 1) * EVERY)) continue;
    const sample: Sample = {
      step: progress.steps,
      workerHeap: await heap((method) => worker.send(method)),
      pageHeap: await heap((method) => own.send(method)),
      decoder: progress.gpuBytes,
      renderer: median(sizesSince.map((one) => one.renderer)),
      gpuProcess: median(sizesSince.map((one) => one.gpuProcess)),
    };
    sizesSince = [];
    seen.push(sample);
    tell(`  ${String(sample.step).padStart(5)} ${MEASURES.map((measure) => (sample[measure] / 1e6).toFixed(2).padStart(20)).join('')}`);
  }
  await running;
  const fitted = seen.filter(({ step }) => step > WARM_UP);
  const slopes = Object.fromEntries(MEASURES.map((measure) => [measure, slopeOf(fitted.map((sample) => [sample.step, sample[measure]] as const), LIMITS[measure])])) as Record<Measure, Slope>;
  const grows = MEASURES.some((measure) => slopes[measure].grows);
  for (const measure of MEASURES) {
    const { slope, error, grows: own } = slopes[measure];
    tell(`  ${NAMES[measure].padEnd(16)} ${(slope / 1000).toFixed(1).padStart(8)} ± ${(error / 1000).toFixed(1)} KB a step after step ${WARM_UP}${own ? `: GROWS beyond ${LIMITS[measure] / 1000} KB` : ''}`);
  }
  tell(grows ? '  memory grows' : `  no growth over ${steps} steps`);
  return { sizes, seconds: (performance.now() - begun) / 1000, samples: seen, slopes, grows };
}
