/** What a run knows of its graphics device's end. Promises on a lost device may never settle, so they are raced against it. */
export class DeviceGuard {
  /** Rejects when the device is lost. */
  #fault: Promise<never> | null = null;
  #lost: Error | null = null;

  /** Why the device is gone; null while it is there. */
  get lost(): Error | null {
    return this.#lost;
  }

  /** From now on this device counts, and an earlier one no longer. @param fault resolves with what went wrong; never rejects */
  watch(fault: Promise<Error>): void {
    this.forget();
    const own: Promise<never> = fault.then((error) => {
      if (this.#fault === own) this.#lost = error;
      throw error;
    });
    this.#fault = own;
    // It is raced against, or not at all: a loss after the run is nobody's failure.
    own.catch(() => undefined);
  }

  /** There is no device, so none can be lost. */
  forget(): void {
    this.#fault = null;
    this.#lost = null;
  }

  /** The promise's value. @throws what the device was lost for, if that comes first */
  async guard<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#fault ? Promise.race([promise, this.#fault]) : promise;
  }
}
