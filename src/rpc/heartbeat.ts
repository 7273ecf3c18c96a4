import type { Clock, TimerHandle } from '../core/index.js';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Silent intervals after which the peer counts as gone. */
  readonly limit: number;
  readonly ping: (number: number) => void;
  readonly silent: () => void;
}

/**
 * Finds out that the other side is gone although the connection looks open. Intervals are counted, not time: a process
 * that slept itself does not blame its peer for it.
 */
export class Heartbeat {
  private timer: TimerHandle;
  private silentIntervals = 0;
  private sent = 0;

  constructor(private readonly options: HeartbeatOptions) {}

  start(): void {
    this.timer = this.options.clock.setTimeout(() => this.beat(), this.options.intervalMs);
  }

  /** Something came from the peer. */
  heard(): void {
    this.silentIntervals = 0;
  }

  stop(): void {
    this.options.clock.clearTimeout(this.timer);
  }

  private beat(): void {
    if (this.silentIntervals >= this.options.limit) {
      this.options.silent();
      return;
    }
    this.silentIntervals++;
    this.options.ping(++this.sent);
    this.start();
  }
}
