import type { Clock, TimerHandle } from '../../core/index.js';
import type { SseSink } from './sse-sink.js';

/** Milliseconds between two heartbeats of an event stream. */
export const HEARTBEAT_MS = 15_000;

/** Heartbeats of all event streams, with one timer. */
export class Heartbeats {
  private readonly sinks = new Set<SseSink>();
  private timer: TimerHandle;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number = HEARTBEAT_MS,
  ) {}

  /** Lets `sink` beat until `ended` is aborted. */
  beat(sink: SseSink, ended: AbortSignal): void {
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
