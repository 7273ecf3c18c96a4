import type { Cancellation, Clock, TimerHandle } from '../../core/index.js';

/** Milliseconds between two heartbeats of a stream. */
export const HEARTBEAT_MS = 15_000;

/** What shows on a quiet stream that both ends are there. */
export interface Beating {
  heartbeat(): void;
}

/** Heartbeats of many streams, with one timer. */
export class Heartbeats {
  private readonly sinks = new Set<Beating>();
  private timer: TimerHandle;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number = HEARTBEAT_MS,
  ) {}

  /** Lets `sink` beat until `ended` is aborted. */
  beat(sink: Beating, ended: Cancellation): void {
    if (ended.aborted) return;
    this.sinks.add(sink);
    ended.addEventListener('abort', () => this.sinks.delete(sink), { once: true });
    this.timer ??= this.clock.setTimeout(() => this.tick(), this.everyMs);
  }

  private tick(): void {
    this.timer = undefined;
    for (const sink of this.sinks) sink.heartbeat();
    if (this.sinks.size > 0) this.timer = this.clock.setTimeout(() => this.tick(), this.everyMs);
  }
}
