import { clientClock } from './client-clock.js';
import type { ConnectionChange, ConnectionState } from './connection-state.js';
import { waitFor } from './wait-for.js';

/** The state of a connection, and whoever waits for it to change. */
export class ConnectionPhase {
  private readonly waiters = new Set<() => void>();
  private readonly closing = new AbortController();
  state: ConnectionState = 'connecting';

  constructor(private readonly changed: (change: ConnectionChange) => void) {}

  /** Aborted when the connection is closed, with the reason. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Nothing follows `closed`. */
  change(change: ConnectionChange): void {
    if (this.state === 'closed') return;
    this.state = change.state;
    if (change.state === 'closed') this.closing.abort(change.error);
    this.wake();
    this.changed(change);
  }

  /** Lets everybody who waits look again. */
  wake(): void {
    for (const wake of [...this.waiters]) wake();
  }

  /** Resolves at the next change, at the latest after `waitMs`. Rejects with the reason of `signal`. */
  next(signal: AbortSignal, waitMs?: number): Promise<void> {
    return waitFor((wake) => {
      this.waiters.add(wake);
      const timer = waitMs === undefined ? undefined : clientClock.setTimeout(wake, waitMs);
      return () => {
        this.waiters.delete(wake);
        clientClock.clearTimeout(timer);
      };
    }, signal);
  }

  /** Resolves after `ms`, or when the connection is closed. */
  async pause(ms: number): Promise<void> {
    const slept = waitFor((wake) => {
      const timer = clientClock.setTimeout(wake, ms);
      return () => clientClock.clearTimeout(timer);
    }, this.closed);
    await slept.catch(() => undefined);
  }
}
