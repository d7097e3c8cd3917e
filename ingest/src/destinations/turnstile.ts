/** Lets many through at once, or one alone: while one is alone, the others wait. */
export class Turnstile {
  #inside = 0;
  #alone: Promise<void> | undefined;
  #left = () => {};

  /** Goes through with others. */
  async among<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
      if (this.#inside === 0) this.#left();
    }
  }

  /** Goes through when all who are inside have left, and nobody comes in meanwhile. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    let open = () => {};
    this.#alone = new Promise((resolve) => {
      open = resolve;
    });
    try {
      if (this.#inside > 0)
        await new Promise<void>((resolve) => {
          this.#left = resolve;
        });
      return await work();
    } finally {
      this.#alone = undefined;
      open();
    }
  }
}
