import { randomFraction } from '../core/index.js';

const FIRST_BACKOFF_MS = 5;
export const LONGEST_BACKOFF_MS = 250;

/** Pause before attempt number `attempt` is repeated: doubles from 5 to 250 ms, with jitter. */
export function retryBackoff(attempt: number, longestMs: number = LONGEST_BACKOFF_MS): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 30), longestMs) * (0.5 + randomFraction() / 2);
}
