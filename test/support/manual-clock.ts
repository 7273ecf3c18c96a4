import type { Clock } from '../../src/core/index.js';

/** A clock that a test moves. Timers fire in order of their time while it moves. */
export class ManualClock implements Clock {
  wall = 1_700_000_000_000;
  elapsed = 0;
  private timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.elapsed + Math.max(0, delayMs), callback };
    this.timers.push(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.timers = this.timers.filter((timer) => timer !== handle);
  }

  get pendingTimers(): number {
    return this.timers.length;
  }

  advance(ms: number): void {
    const until = this.elapsed + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.clearTimeout(next);
      this.move(Math.max(0, next.at - this.elapsed));
      next.callback();
    }
    this.move(until - this.elapsed);
  }

  /** Only the wall clock goes on, as while the machine is suspended. */
  suspend(ms: number): void {
    this.wall += ms;
  }

  /** Time goes on and no timer fires, as for a process that stands still. Those that are due fire at the next `advance`. */
  skip(ms: number): void {
    this.move(ms);
  }

  private move(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }
}
