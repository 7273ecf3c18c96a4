import type { Logger } from '@nestjs/common';

/** A timer of an object. */
export interface ObjectTimer {
  /** No further tick begins; one that runs goes on. */
  cancel(): void;
}

/**
 * One activation as it sees itself: inject it into an object class, or into request-scoped and transient providers an
 * object uses.
 */
export abstract class ObjectContext {
  /** Object id, placement and type included. */
  abstract readonly id: string;
  abstract readonly type: string;
  /** The id without placement and type prefix. */
  abstract readonly key: string;
  /** Aborted when the last turn has ended and the activation goes, or at once when it is forced to end. */
  abstract readonly signal: AbortSignal;
  /** Logs with the object id as its context. */
  abstract readonly logger: Logger;

  /**
   * Runs `callback` as a turn of this object after `delayMs`, then every `everyMs`. A tick never overlaps another turn
   * or the tick before; ticks that could not begin in time are left out. What it throws is logged. Timers end with the
   * activation and do not keep it from being idle.
   *
   * @param delayMs milliseconds, from 0
   * @param everyMs milliseconds between ticks, more than 0; left out: once
   */
  abstract setTimer(callback: () => unknown, delayMs: number, everyMs?: number): ObjectTimer;

  /** Ends this activation (`idle`) after the running turn; waiting calls go to the next one. */
  abstract deactivateSoon(): void;
}
