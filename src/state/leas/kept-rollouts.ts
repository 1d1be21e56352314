import type { LeasStore } from '../../lab/leas-store.ts';

/** Finished rollouts that this browser keeps. */
export class KeptRollouts {
  readonly #open: () => Promise<LeasStore>;

  constructor(open: () => Promise<LeasStore>) {
    this.#open = open;
  }

  /** Null where the browser keeps nothing: private windows refuse storage. */
  async bytes(): Promise<number | null> {
    try {
      return await (await this.#open()).bytes();
    } catch {
      return null;
    }
  }

  /** All of them. @throws an error with a sentence where the browser refuses */
  async forget(): Promise<void> {
    await (await this.#open()).forget();
  }

  /** Those of one run, where there are any; what is refused stays. @param fingerprint under which they are kept, where that is known */
  async forgetRun(fingerprint: string | undefined): Promise<void> {
    try {
      await (await this.#open()).forget(fingerprint === undefined ? [] : [fingerprint]);
    } catch {
      return;
    }
  }
}
