import type { Clock, TimerHandle } from '../core/index.js';

/** Sweeps are at least this far apart, however many deadlines lie close together. */
const SHORTEST_SWEEP_MS = 5;

/**
 * Tells when the earliest of many deadlines has passed, with one timer for all of them. The owner keeps the entries:
 * `sweep` handles those that are due and returns the earliest deadline of the rest.
 */
export class DeadlineSweep {
  private timer: TimerHandle;
  private wakeAt = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly sweep: (now: number) => number,
  ) {}

  /** Takes note of a deadline (epoch milliseconds). */
  add(deadline: number): void {
    if (deadline >= this.wakeAt) return;
    this.wake(deadline);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.wakeAt = Infinity;
  }

  private wake(deadline: number): void {
    this.clock.clearTimeout(this.timer);
    this.wakeAt = deadline;
    this.timer = this.clock.setTimeout(() => this.run(), Math.max(Math.ceil(deadline - this.clock.now()), 0));
  }

  private run(): void {
    this.wakeAt = Infinity;
    const now = this.clock.now();
    const next = this.sweep(now);
    if (next < this.wakeAt) this.wake(Math.max(next, now + SHORTEST_SWEEP_MS));
  }
}
