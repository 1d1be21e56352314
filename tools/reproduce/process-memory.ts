import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { z } from 'zod';

const processes = z.object({ processInfo: z.array(z.object({ type: z.string(), id: z.number() })) });

/** Bytes of a process in memory, by the operating system; 0 for one that is gone, or where there is no `ps`. */
export function resident(pid: number): number {
  try {
    return 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return 0;
  }
}

/** Resident bytes of the page's renderer (script, worker, WebAssembly) and of the graphics process. */
export interface ProcessBytes {
  readonly renderer: number;
  readonly gpu: number;
}

const EVERY_MS = 1000;

/** Looks at the browser's processes once a second and keeps the most of each phase. */
export class ProcessMemory {
  readonly #look: () => Promise<ProcessBytes>;
  readonly #phase: () => Promise<string>;
  readonly #most = new Map<string, ProcessBytes>();
  #last: ProcessBytes | null = null;
  #before: ProcessBytes | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #busy = false;

  private constructor(look: () => Promise<ProcessBytes>, phase: () => Promise<string>) {
    this.#look = look;
    this.#phase = phase;
  }

  /** @param phase asks the page what it does */
  static async watch(page: Page, phase: () => Promise<string>): Promise<ProcessMemory> {
    const session = await page.context().browser()?.newBrowserCDPSession();
    const look = async (): Promise<ProcessBytes> => {
      if (!session) return { renderer: 0, gpu: 0 };
      const { processInfo } = processes.parse(await session.send('SystemInfo.getProcessInfo'));
      const most = (type: string): number => Math.max(0, ...processInfo.filter((one) => one.type === type).map(({ id }) => resident(id)));
      // The page's own renderer is the largest: the browser keeps spare ones.
      return { renderer: most('renderer'), gpu: most('GPU') };
    };
    const memory = new ProcessMemory(look, phase);
    memory.#before = await look();
    memory.#timer = setInterval(() => void memory.#sample(), EVERY_MS);
    return memory;
  }

  get before(): ProcessBytes {
    return this.#before ?? { renderer: 0, gpu: 0 };
  }

  /** At the last look. */
  get last(): ProcessBytes {
    return this.#last ?? this.before;
  }

  /** Null for a phase that was shorter than a look. */
  most(phase: string): ProcessBytes | null {
    return this.#most.get(phase) ?? null;
  }

  /** Of all phases. */
  get peak(): ProcessBytes {
    const all = [this.before, ...this.#most.values()];
    return { renderer: Math.max(...all.map(({ renderer }) => renderer)), gpu: Math.max(...all.map(({ gpu }) => gpu)) };
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async #sample(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const [phase, { renderer, gpu }] = [await this.#phase(), await this.#look()];
      this.#last = { renderer, gpu };
      const most = this.#most.get(phase);
      this.#most.set(phase, { renderer: Math.max(renderer, most?.renderer ?? 0), gpu: Math.max(gpu, most?.gpu ?? 0) });
    } catch {
      // A page that is gone shows as the check's own failure.
    } finally {
      this.#busy = false;
    }
  }
}
