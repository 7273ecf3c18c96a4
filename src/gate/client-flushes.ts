import type { ClientProxy } from './client-proxy.js';

/**
 * Clients that are written to before the event loop goes on: what comes meanwhile joins the next write to each client. The
 * fewer, the more messages share a write when many are pushed.
 */
const FLUSHED_AT_ONCE = 16;

/** Writes what waits for clients, once per turn of the event loop and client. */
export class ClientFlushes {
  private readonly waiting = new Set<ClientProxy>();
  private flushing = false;

  /** Writes to the client when this turn of the event loop has ended. */
  add(client: ClientProxy): void {
    if (!client.connected) return;
    this.waiting.add(client);
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flushSome());
  }

  forget(client: ClientProxy): void {
    this.waiting.delete(client);
  }

  /** What goes wrong with one client ends that client and nobody else. */
  now(client: ClientProxy): void {
    try {
      client.flush();
    } catch {
      client.destroy();
    }
  }

  /** Some clients at a time: a write to each of thousands would keep everybody else waiting, and the next push too. */
  private flushSome(): void {
    let left = FLUSHED_AT_ONCE;
    for (const client of this.waiting) {
      if (left-- === 0) break;
      this.waiting.delete(client);
      this.now(client);
    }
    this.flushing = this.waiting.size > 0;
    if (this.flushing) setImmediate(() => this.flushSome());
  }
}
