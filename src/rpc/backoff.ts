import { randomFraction } from '../core/index.js';

/** Waits between attempts: doubled each time, with jitter, so that many processes do not knock at once. */
export class Backoff {
  private attempt = 0;

  constructor(
    /** Longest first wait, milliseconds. */
    private readonly firstMs: number,
    /** Longest wait of all, milliseconds. */
    private readonly longestMs: number,
  ) {}

  /** Milliseconds until the next attempt: between half of this round's wait and all of it. */
  next(): number {
    const wait = Math.min(this.firstMs * 2 ** Math.min(this.attempt, 30), this.longestMs);
    this.attempt++;
    return wait * (0.5 + randomFraction() / 2);
  }

  /** An attempt succeeded. */
  reset(): void {
    this.attempt = 0;
  }
}
