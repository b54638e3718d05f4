/** How long to wait before trying again. */
export interface BackoffOptions {
  /** Of the first wait, in milliseconds; doubled each time. */
  readonly firstMs: number;
  readonly capMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 100, capMs: 5000 };

/**
 * Exponential back-off with equal jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): half of the wait is
 * random, so that members that lost the coordinator together do not come back all at once.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #attempt = 0;

  /** @param random Draws uniformly from [0, 1). */
  constructor(random: () => number, options: BackoffOptions = DEFAULT_BACKOFF) {
    this.#random = random;
    this.#options = options;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const { firstMs, capMs } = this.#options;
    const full = Math.min(capMs, firstMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt += 1;
    return Math.round(full * (0.5 + 0.5 * this.#random()));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
