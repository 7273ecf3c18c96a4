import { randomBytes } from 'node:crypto';
import type { Clock, TimerHandle } from '../../core/index.js';
import { EtcdError } from './etcd-error.js';

/** Shortest lease etcd grants with its default election timeout; shorter wishes are raised to it. Seconds. */
const MIN_TTL_SECONDS = 2;
/** etcd's lease.MaxLeaseTTL. Seconds. */
const MAX_TTL_SECONDS = 9_000_000_000;
/** A timer that fires this late means the process slept or was busy; keepalives may be waiting in its sockets. */
const LATE_MS = 250;

interface Lease {
  readonly id: string;
  readonly ttlSeconds: number;
  /** On the monotonic clock, milliseconds. */
  expiresAt: number;
  timer: TimerHandle;
}

/**
 * The living leases. A lease ends by `revoke` or by itself when nobody renews it for its TTL; either way `onEnd` is
 * told its id once, after the lease is gone.
 */
export class LeaseBook {
  private readonly leases = new Map<string, Lease>();

  constructor(
    private readonly clock: Clock,
    private readonly onEnd: (id: string) => void,
  ) {}

  has(id: string): boolean {
    return this.leases.has(id);
  }

  /** Grants a lease and returns its id and TTL. Id `'0'` lets the book choose one. */
  grant(wantedId: string, wantedTtlSeconds: number): { id: string; ttlSeconds: number } {
    if (wantedTtlSeconds > MAX_TTL_SECONDS) throw new EtcdError('leaseTtlTooLarge');
    if (this.leases.has(wantedId)) throw new EtcdError('leaseExists');
    const id = wantedId === '0' ? this.freeId() : wantedId;
    const ttlSeconds = Math.max(wantedTtlSeconds, MIN_TTL_SECONDS);
    const lease: Lease = { id, ttlSeconds, expiresAt: this.clock.monotonic() + ttlSeconds * 1000, timer: undefined };
    this.leases.set(id, lease);
    this.arm(lease, ttlSeconds * 1000);
    return { id, ttlSeconds };
  }

  revoke(id: string): void {
    const lease = this.leases.get(id);
    if (lease === undefined) throw new EtcdError('leaseNotFound');
    this.end(lease);
  }

  /** Starts the TTL anew and returns it in seconds; 0 for a lease that is not there. */
  renew(id: string): number {
    const lease = this.leases.get(id);
    if (lease === undefined) return 0;
    lease.expiresAt = this.clock.monotonic() + lease.ttlSeconds * 1000;
    return lease.ttlSeconds;
  }

  /** Granted and remaining whole seconds; undefined for a lease that is not there. */
  timeToLive(id: string): { granted: number; remaining: number } | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined) return undefined;
    return { granted: lease.ttlSeconds, remaining: Math.trunc((lease.expiresAt - this.clock.monotonic()) / 1000) };
  }

  /** Ids of the living leases, the next to expire first. */
  ids(): string[] {
    return [...this.leases.values()].toSorted((a, b) => a.expiresAt - b.expiresAt).map((lease) => lease.id);
  }

  /** Forgets every lease without telling anybody. */
  stop(): void {
    for (const lease of this.leases.values()) this.clock.clearTimeout(lease.timer);
    this.leases.clear();
  }

  private freeId(): string {
    for (;;) {
      const id = (randomBytes(8).readBigUInt64LE() >> 1n).toString();
      if (id !== '0' && !this.leases.has(id)) return id;
    }
  }

  private arm(lease: Lease, delayMs: number, mayBeLate = true): void {
    const dueAt = this.clock.monotonic() + delayMs;
    lease.timer = this.clock.setTimeout(() => this.checkExpiry(lease, dueAt, mayBeLate), delayMs);
  }

  /**
   * Renewals only move `expiresAt`, so a timer that fires may find that there is time left. One that fires late waits
   * once more, for what has come in meanwhile to be read.
   */
  private checkExpiry(lease: Lease, dueAt: number, mayBeLate: boolean): void {
    const now = this.clock.monotonic();
    if (lease.expiresAt > now) this.arm(lease, lease.expiresAt - now);
    else if (mayBeLate && now - dueAt > LATE_MS) this.arm(lease, LATE_MS, false);
    else this.end(lease);
  }

  private end(lease: Lease): void {
    this.clock.clearTimeout(lease.timer);
    this.leases.delete(lease.id);
    this.onEnd(lease.id);
  }
}
