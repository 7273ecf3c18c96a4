import type { Clock } from '../core/clock.js';
import { MAX_TIMER_MS, systemClock } from '../core/clock.js';

/**
 * The clock of a client. Its timers keep a Node process alive: a program that only waits for its reconnection must not
 * end silently; `close()` clears them.
 */
export const clientClock: Clock = {
  ...systemClock,
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS)),
};
