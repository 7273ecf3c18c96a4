import type { GoverseError } from '../core/errors.js';
import { backoffDelay } from './backoff-delay.js';
import type { ClientSettings } from './client-options.js';
import { ConnectionPhase } from './connection-phase.js';
import type { ConnectionChange, ConnectionState, PushGap } from './connection-state.js';
import type { StayEnd } from './gate-stay.js';
import { GateRotation } from './gate-rotation.js';
import { GateStay } from './gate-stay.js';
import { ReceivedPushes } from './received-pushes.js';
import type { OpenTransport, Push, Registration } from './transport.js';

export interface ConnectionListener {
  changed(change: ConnectionChange): void;
  pushed(push: Push): void;
  missed(gap: PushGap): void;
}

/** Why the next gate is looked for: the stay at this one is over, or the gate asks to be left. */
type Departure = StayEnd | { readonly goingAwayAfterMs: number };

/**
 * Keeps a client registered with one of the gates: tries them one after the other, stays while the stream lives,
 * comes back with growing pauses when it breaks, moves before it breaks if the gate says so, and goes on under the id
 * it has wherever a gate lets it.
 */
export class Connection {
  private readonly gates: GateRotation;
  /** Where new requests go. */
  private current: GateStay | undefined;
  /** Every stay that is not over: more than one while the client moves. */
  private readonly stays = new Map<GateStay, Promise<unknown>>();
  private pushes: ReceivedPushes | undefined;
  private readonly phase: ConnectionPhase;
  private finished: Promise<void> | undefined;

  constructor(
    gates: readonly URL[],
    private readonly settings: ClientSettings,
    private readonly openTransport: OpenTransport,
    private readonly listener: ConnectionListener,
  ) {
    this.gates = new GateRotation(gates);
    this.phase = new ConnectionPhase((change) => listener.changed(change));
  }

  get state(): ConnectionState {
    return this.phase.state;
  }

  /** The id under which the client is or was last registered; empty before that. */
  get clientId(): string {
    return this.pushes?.clientId ?? '';
  }

  start(): void {
    this.finished = this.run();
  }

  /** The gate that requests go to; waits while there is none. Rejects with the reason of `signal`. */
  async gate(signal: AbortSignal): Promise<GateStay> {
    for (;;) {
      this.phase.closed.throwIfAborted();
      if (this.current) return this.current;
      await this.phase.next(signal);
    }
  }

  /** Resolves when requests no longer go to `stay`, at the latest after `waitMs`. Rejects with the reason of `signal`. */
  async left(stay: GateStay, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.current === stay) await this.phase.next(signal, waitMs);
  }

  /** Ends it for good, with `reason` for everything that waits. Resolves when the streams are gone. */
  async close(reason: GoverseError): Promise<void> {
    this.phase.change({ state: 'closed', error: reason });
    for (const stay of this.stays.keys()) stay.end(reason);
    await Promise.all([this.finished, ...this.stays.values()]);
  }

  private async run(): Promise<void> {
    const { closed } = this.phase;
    let failures = 0;
    while (!closed.aborted) {
      const gate = this.gates.current;
      const departure = await this.visit(gate);
      if ('goingAwayAfterMs' in departure || departure.livedMs > 0) this.gates.leave();
      else this.gates.advance();
      if ('goingAwayAfterMs' in departure) {
        failures = 0;
        await this.phase.pause(Math.min(departure.goingAwayAfterMs, this.settings.maxBackoffMs));
      } else {
        failures = departure.livedMs > this.settings.maxBackoffMs ? 1 : failures + 1;
        await this.recover(gate, departure.error, failures);
      }
    }
  }

  /** Resolves when it is time to look for the next gate; the stay itself may last longer. */
  private visit(gate: URL): Promise<Departure> {
    const stay = new GateStay(gate, this.settings, this.openTransport);
    let pushes: ReceivedPushes | undefined;
    return new Promise((resolve) => {
      const over = stay.run(() => this.pushes?.resumePoint, {
        registered: (registration) => (pushes = this.enter(stay, registration)),
        pushed: (push, seq) => this.take(push, pushes!, seq),
        goingAway: (goingAwayAfterMs) => {
          this.leave(stay);
          resolve({ goingAwayAfterMs });
        },
      });
      const gone = over.then((end) => {
        this.stays.delete(stay);
        this.leave(stay);
        resolve(end);
      });
      this.stays.set(stay, gone);
    });
  }

  private enter(stay: GateStay, registration: Registration): ReceivedPushes {
    const before = this.pushes;
    const pushes = (this.pushes = before?.after(registration) ?? new ReceivedPushes(registration));
    const { clientId } = registration;
    const resumed = pushes === before;
    if (before && !resumed) this.listener.missed({ clientId, previousClientId: before.clientId });
    this.current = stay;
    for (const other of this.stays.keys()) if (other !== stay) other.retire();
    this.phase.change({ state: 'connected', gate: stay.gate.href, clientId, resumed });
    return pushes;
  }

  private leave(stay: GateStay): void {
    if (this.current !== stay) return;
    this.current = undefined;
    this.phase.wake();
  }

  private take(push: Push, pushes: ReceivedPushes, seq: number): void {
    const missing = pushes.take(seq);
    if (missing === undefined) return;
    const { clientId } = pushes;
    if (missing > 0) this.listener.missed({ clientId, previousClientId: clientId, missing });
    this.listener.pushed(push);
  }

  /** Says what went wrong and waits before the next attempt, if there is to be one. */
  private async recover(gate: URL, error: GoverseError, failures: number): Promise<void> {
    if (error.reason === 'CLIENT_ID_NOT_YOURS') this.pushes?.giveUp();
    if (isFinal(error)) return this.phase.change({ state: 'closed', error });
    const retryInMs = backoffDelay(failures - 1, this.settings.backoffMs, this.settings.maxBackoffMs);
    this.phase.change({ state: this.pushes ? 'reconnecting' : 'connecting', gate: gate.href, error, retryInMs });
    await this.phase.pause(retryInMs);
  }
}

/** What another attempt would not change. */
function isFinal({ reason }: GoverseError): boolean {
  return reason === 'UNAUTHENTICATED' || reason === 'ACCESS_DENIED';
}
