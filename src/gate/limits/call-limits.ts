import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { ClientConnection } from '../../config/index.js';
import { goverseError } from '../../core/index.js';
import { tellRefusal } from '../../observability/index.js';

export interface CallLimitsOptions {
  /** Calls and streams one client may have open. */
  readonly maxCallsPerClient: number;
  /** `Infinity`: not limited. */
  readonly callsPerSecondPerClient: number;
  readonly callsPerSecondPerIp: number;
}

/** How long a client should wait that has too many calls open, in milliseconds. */
const RETRY_AFTER_MS = 100;

interface Rate {
  readonly name: 'callsPerSecondPerClient' | 'callsPerSecondPerIp';
  readonly points: number;
  readonly limiter: RateLimiterMemory;
}

/**
 * How much one client may ask of a gate. A client is who registered; who did not is its connection.
 */
export class CallLimits {
  private readonly open = new Map<string, number>();
  private readonly perClient: Rate | undefined;
  private readonly perIp: Rate | undefined;

  constructor(private readonly options: CallLimitsOptions) {
    this.perClient = rateOf('callsPerSecondPerClient', options.callsPerSecondPerClient);
    this.perIp = rateOf('callsPerSecondPerIp', options.callsPerSecondPerIp);
  }

  /** False: rates need no asking, and no waiting. */
  get rated(): boolean {
    return this.perClient !== undefined || this.perIp !== undefined;
  }

  /** Takes one of the places of a client; returns how to give it back, once. Throws `OVERLOADED`. */
  enter(connection: ClientConnection, clientId: string | undefined): () => void {
    const key = clientId ?? connection.peer;
    const open = this.open.get(key) ?? 0;
    if (open >= this.options.maxCallsPerClient) {
      tellRefusal({ limit: 'maxCallsPerClient', ...connection });
      throw goverseError(
        'OVERLOADED',
        `This client has ${open} calls and streams open (maxCallsPerClient); wait for some of them`,
        { details: { retryAfterMs: RETRY_AFTER_MS } },
      );
    }
    this.open.set(key, open + 1);
    return () => this.leave(key);
  }

  /** Counts a call. Rejects `RATE_LIMITED` with the time to wait. */
  async rate(connection: ClientConnection, clientId: string | undefined): Promise<void> {
    await count(this.perIp, connection.peer.slice(0, connection.peer.lastIndexOf(':')), connection);
    await count(this.perClient, clientId ?? connection.peer, connection);
  }

  private leave(key: string): void {
    const left = (this.open.get(key) ?? 0) - 1;
    if (left > 0) this.open.set(key, left);
    else this.open.delete(key);
  }
}

function rateOf(name: Rate['name'], points: number): Rate | undefined {
  if (points === Infinity) return undefined;
  return { name, points, limiter: new RateLimiterMemory({ points, duration: 1, keyPrefix: name }) };
}

async function count(rate: Rate | undefined, key: string, connection: ClientConnection): Promise<void> {
  if (!rate) return;
  try {
    await rate.limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    tellRefusal({ limit: rate.name, ...connection });
    throw goverseError('RATE_LIMITED', `More than ${rate.points} calls in one second (${rate.name})`, {
      details: { retryAfterMs: Math.max(refused.msBeforeNext, 1) },
    });
  }
}
