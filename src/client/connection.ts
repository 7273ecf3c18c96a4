import { GoverseError, goverseError } from '../core/errors.js';
import { backoffDelay } from './backoff-delay.js';
import { clientClock } from './client-clock.js';
import type { ClientSettings } from './client-options.js';
import type { ConnectionChange, ConnectionState } from './connection-state.js';
import { openTransport } from './open-transport.js';
import type { Push, Registration, Transport } from './transport.js';
import { waitFor } from './wait-for.js';

export interface ConnectionListener {
  changed(change: ConnectionChange): void;
  pushed(push: Push): void;
}

interface Stay {
  readonly error: GoverseError;
  readonly livedMs: number;
}

/**
 * Keeps a client registered with one of the gates: tries them one after the other, stays while the stream lives,
 * comes back with growing pauses when it breaks.
 */
export class Connection {
  private current: { readonly transport: Transport; readonly registration: Registration } | undefined;
  private phase: ConnectionState = 'connecting';
  private readonly closing = new AbortController();
  private readonly waiters = new Set<() => void>();
  private finished: Promise<void> | undefined;

  constructor(
    private readonly gates: readonly URL[],
    private readonly settings: ClientSettings,
    private readonly listener: ConnectionListener,
  ) {}

  get state(): ConnectionState {
    return this.phase;
  }

  /** The id under which the client is or was last registered. */
  clientId = '';

  start(): void {
    this.finished = this.run();
  }

  /** The transport of the registered connection; waits for it while there is none. Rejects with the reason of `signal`. */
  async transport(signal: AbortSignal): Promise<Transport> {
    for (;;) {
      if (this.phase === 'closed') throw this.closing.signal.reason;
      if (this.current) return this.current.transport;
      await waitFor((wake) => this.waiters.add(wake), signal);
    }
  }

  /** Resolves when the connection is no longer over `transport`, at the latest after `waitMs`. Rejects with the reason of `signal`. */
  async left(transport: Transport, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.current?.transport !== transport) return;
    let waiter = () => {};
    const changed = waitFor((wake) => this.waiters.add((waiter = wake)), signal);
    const timer = clientClock.setTimeout(waiter, waitMs);
    try {
      await changed;
    } finally {
      clientClock.clearTimeout(timer);
      this.waiters.delete(waiter);
    }
  }

  /** Ends it for good, with `reason` for everything that waits. Resolves when the stream is gone. */
  async close(reason: GoverseError): Promise<void> {
    if (this.phase !== 'closed') {
      this.closing.abort(reason);
      this.change({ state: 'closed', error: reason });
    }
    await this.finished;
  }

  private async run(): Promise<void> {
    let failures = 0;
    for (let attempt = 0; this.phase !== 'closed'; attempt++) {
      const gate = this.gates[attempt % this.gates.length]!;
      const { error, livedMs } = await this.stay(gate);
      if (this.closing.signal.aborted) return;
      if (isFinal(error)) return this.giveUp(error);
      failures = livedMs > this.settings.maxBackoffMs ? 0 : failures + 1;
      const retryInMs = backoffDelay(failures - 1, this.settings.backoffMs, this.settings.maxBackoffMs);
      this.change({ state: this.clientId === '' ? 'connecting' : 'reconnecting', gate: gate.href, error, retryInMs });
      await this.pause(retryInMs);
    }
  }

  /** One attempt, and if it succeeds the time until the stream ends. */
  private async stay(gate: URL): Promise<Stay> {
    const attempt = new AbortController();
    const abort = () => attempt.abort(this.closing.signal.reason);
    this.closing.signal.addEventListener('abort', abort, { once: true });
    const timer = clientClock.setTimeout(
      () => attempt.abort(tooLate(gate, this.settings)),
      this.settings.attemptTimeoutMs,
    );
    let transport: Transport | undefined;
    let registeredAt: number | undefined;
    try {
      const opened = (transport = await openTransport(gate, this.settings));
      const registered = (registration: Registration) => {
        clientClock.clearTimeout(timer);
        registeredAt = clientClock.monotonic();
        this.enter(gate, opened, registration);
      };
      const error = await opened.stay({ registered, pushed: (push) => this.listener.pushed(push) }, attempt.signal);
      return { error, livedMs: livedSince(registeredAt) };
    } catch (error) {
      return { error: GoverseError.from(error), livedMs: livedSince(registeredAt) };
    } finally {
      clientClock.clearTimeout(timer);
      this.closing.signal.removeEventListener('abort', abort);
      this.current = undefined;
      transport?.close();
    }
  }

  private enter(gate: URL, transport: Transport, registration: Registration): void {
    if (this.phase === 'closed') return;
    this.current = { transport, registration };
    this.clientId = registration.clientId;
    this.change({ state: 'connected', gate: gate.href, clientId: registration.clientId });
  }

  private giveUp(error: GoverseError): void {
    this.closing.abort(error);
    this.change({ state: 'closed', error });
  }

  private change(change: ConnectionChange): void {
    this.phase = change.state;
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const wake of waiters) wake();
    this.listener.changed(change);
  }

  private async pause(ms: number): Promise<void> {
    if (this.closing.signal.aborted) return;
    let timer: unknown;
    const woken = waitFor((wake) => (timer = clientClock.setTimeout(wake, ms)), this.closing.signal);
    await woken.catch(() => undefined);
    clientClock.clearTimeout(timer);
  }
}

/** What another attempt would not change. */
function isFinal({ reason }: GoverseError): boolean {
  return reason === 'UNAUTHENTICATED' || reason === 'ACCESS_DENIED';
}

function livedSince(registeredAt: number | undefined): number {
  return registeredAt === undefined ? 0 : clientClock.monotonic() - registeredAt;
}

function tooLate(gate: URL, { attemptTimeoutMs }: ClientSettings): GoverseError {
  return goverseError('NOT_READY', `The gate ${gate.href} did not register this client within ${attemptTimeoutMs} ms`);
}
