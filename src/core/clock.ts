/** Handle of a pending timer; opaque to callers. */
export type TimerHandle = unknown;

/**
 * Where the framework takes time from, so that tests can own it.
 * All values are milliseconds.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number;
  /** Monotonic milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /**
   * The last answer of `monotonic()`, for code that runs in the same tick as whoever asked for it: a reading costs as much
   * as many steps of a call. Absent: `monotonic()` is asked again.
   */
  recent?(): number;
  /** Runs `callback` once after `delayMs`. Never keeps the process alive by itself. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

/** Longest delay a Node timer takes (2^31 - 1 ms); longer ones fire at once, so they are cut. */
export const MAX_TIMER_MS = 2_147_483_647;

/** Optional provider of the `Clock` of a node; default: `systemClock`. */
export const PROCESS_CLOCK = Symbol('goverse:clock');

let read = 0;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => (read = performance.now()),
  recent: () => read,
  setTimeout: (callback, delayMs) => {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    (timer as { unref?: () => void }).unref?.();
    return timer;
  },
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
};
