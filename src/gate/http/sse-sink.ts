import type { PushSink, QueuedPush } from '../push-sink.js';
import { reconnectDelay } from '../reconnect-delay.js';
import type { EventOutlet } from './event-outlet.js';

/** Writes server-sent events: an `event:` line and one `data:` line of JSON, LF ends (WHATWG HTML, 9.2). */
export class SseSink implements PushSink {
  private writable = true;

  constructor(
    private outlet: EventOutlet,
    /** The event of a push, blank line included. */
    private readonly eventOf: (push: QueuedPush) => Buffer[],
    /** Whether clients of this stream are told when they are to go elsewhere. */
    private readonly goingAway = false,
  ) {}

  /** Goes on over another way to the same client. */
  goOnOver(outlet: EventOutlet): void {
    this.outlet = outlet;
  }

  write(batch: readonly QueuedPush[]): boolean {
    // One buffer, one chunk, one system call for everything that waits.
    return this.put(Buffer.concat(batch.flatMap((push) => this.eventOf(push))));
  }

  /** An event of the gate itself. */
  event(name: string, data: object, id?: number): void {
    const first = id === undefined ? '' : `id: ${id}\n`;
    this.put(Buffer.from(`${first}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  /** Keeps proxies from closing a quiet stream; one that does not read needs no more to read. */
  heartbeat(): void {
    if (this.writable) this.event('heartbeat', {});
  }

  drained(): void {
    this.writable = true;
  }

  /** The gate stops: `retry` tells browsers when to come back. */
  end(): void {
    if (this.outlet.writableEnded) return;
    if (this.goingAway) {
      const reconnectAfterMs = reconnectDelay();
      const data = JSON.stringify({ reconnectAfterMs });
      this.put(Buffer.from(`event: going_away\ndata: ${data}\nretry: ${reconnectAfterMs}\n\n`));
    }
    this.outlet.end();
  }

  destroy(): void {
    this.outlet.destroy();
  }

  private put(bytes: Buffer): boolean {
    const { outlet } = this;
    this.writable = !outlet.destroyed && !outlet.writableEnded && outlet.write(bytes);
    return this.writable;
  }
}
