import { randomFraction } from '../../core/index.js';

const FIRST_MS = 50;
const LONGEST_MS = 1_000;

/** Pauses between attempts to reach etcd: 50 ms, doubling up to 1 s, with jitter, so a short outage costs no lease. */
export class Backoff {
  private attempts = 0;

  next(): number {
    const pause = Math.min(FIRST_MS * 2 ** this.attempts, LONGEST_MS);
    this.attempts = Math.min(this.attempts + 1, 10);
    return pause * (0.5 + randomFraction() / 2);
  }

  reset(): void {
    this.attempts = 0;
  }
}
