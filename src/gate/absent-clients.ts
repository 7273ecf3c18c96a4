import type { Clock } from '../core/index.js';
import { DeadlineSweep } from '../rpc/index.js';
import type { ClientProxy } from './client-proxy.js';

/**
 * A client that ended its stream in order is not expected back. This long it is still taken for one whose connection broke:
 * proxies turn the one into the other, milliseconds.
 */
export const FAREWELL_MS = 300;

/** How a stream ended: `farewell` = the client closed it while its connection was fine. */
export type StreamEnd = 'break' | 'farewell';

interface Absence {
  /** The client may come back before, monotonic milliseconds. */
  readonly deadline: number;
  /** A push that comes later finds the client gone. */
  readonly pushesUntil: number;
}

/** The clients of a gate whose stream has ended and who may come back. */
export class AbsentClients {
  private readonly absences = new Map<ClientProxy, Absence>();
  private readonly sweep: DeadlineSweep;

  constructor(
    /** How long a client may be away, milliseconds. */
    private readonly windowMs: number,
    private readonly clock: Clock,
    /** Told of a client that has not come back in time. */
    private readonly expired: (client: ClientProxy) => void,
  ) {
    this.sweep = new DeadlineSweep(clock, (now) => this.expire(now));
  }

  get size(): number {
    return this.absences.size;
  }

  add(client: ClientProxy, end: StreamEnd, windowMs: number = this.windowMs): void {
    const now = this.clock.monotonic();
    const deadline = now + windowMs;
    const pushesUntil = end === 'farewell' ? Math.min(now + FAREWELL_MS, deadline) : deadline;
    this.absences.set(client, { deadline, pushesUntil });
    this.sweep.add(this.clock.now() + windowMs);
  }

  /** The client is back, or forgotten. False: it was not absent. */
  delete(client: ClientProxy): boolean {
    return this.absences.delete(client);
  }

  /** It said good-bye. */
  saidFarewell(client: ClientProxy): boolean {
    const absence = this.absences.get(client);
    return absence !== undefined && absence.pushesUntil < absence.deadline;
  }

  /** No push is taken for it any more. */
  hasLeft(client: ClientProxy): boolean {
    const absence = this.absences.get(client);
    return absence !== undefined && this.clock.monotonic() >= absence.pushesUntil;
  }

  /** Milliseconds in which an absent client may still come back; the whole window for one that is there. */
  timeLeft(client: ClientProxy): number {
    const absence = this.absences.get(client);
    return absence ? Math.max(absence.deadline - this.clock.monotonic(), 0) : this.windowMs;
  }

  private expire(now: number): number {
    const elapsed = this.clock.monotonic();
    let next = Infinity;
    for (const [client, { deadline }] of [...this.absences]) {
      if (deadline <= elapsed) this.expired(client);
      else next = Math.min(next, now + deadline - elapsed);
    }
    return next;
  }
}
