import type { Clock } from '../core/index.js';

/** A moment on both clocks. */
export interface ClockStamp {
  readonly wall: number;
  readonly monotonic: number;
}

/** etcd may need one election before it notices that a lease was renewed; its default timeout is 1 s. */
const ELECTION_TIMEOUT_MS = 1_000;
const DRIFT = 0.05;

/** Safety margin of a lease: clock drift and one election of etcd, but never more than a third of a short lease. */
export function leaseMarginMs(ttlMs: number): number {
  return Math.min(ttlMs / 3, ttlMs * DRIFT + ELECTION_TIMEOUT_MS);
}

/**
 * Until when this process may act as the holder of its lease, by its own clocks: the time the last answered request was
 * *sent*, plus the granted time to live, minus a margin. Elapsed time is the larger of monotonic and wall clock, since
 * the one may stand still while the machine is suspended. Once run out it stays so. No I/O.
 */
export class LeaseClock {
  private sentAt!: ClockStamp;
  /** Certain life from `sentAt` on. */
  private certainMs!: number;
  /** The same as moments of both clocks: read before every turn. */
  private untilWall!: number;
  private untilMonotonic!: number;
  private ended = false;
  private endedAt: ClockStamp | undefined;

  constructor(
    private readonly clock: Clock,
    granted: { sentAt: ClockStamp; ttlMs: number },
  ) {
    this.set(granted.sentAt, granted.ttlMs);
  }

  static stamp(clock: Clock): ClockStamp {
    return { wall: clock.now(), monotonic: clock.monotonic() };
  }

  /** An answer with a time to live above 0 came for a keepalive sent at that moment. */
  renewed(sentAt: ClockStamp, ttlMs: number): void {
    if (ttlMs <= 0 || !this.alive() || sentAt.monotonic < this.sentAt.monotonic) return;
    this.set(sentAt, ttlMs);
  }

  alive(): boolean {
    if (this.ended) return false;
    const { clock } = this;
    if (clock.monotonic() < this.untilMonotonic && clock.now() < this.untilWall) return true;
    this.ended = true;
    return false;
  }

  /** The lease is known to be gone. */
  end(): void {
    this.ended = true;
    this.endedAt ??= LeaseClock.stamp(this.clock);
  }

  remainingMs(): number {
    return this.ended ? 0 : this.leftMs();
  }

  /** Milliseconds until it runs out; below 0: since when it has run out, or been known to be gone. */
  leftMs(): number {
    const left = this.certainMs - this.elapsedSince(this.sentAt);
    return this.endedAt ? Math.min(left, -this.elapsedSince(this.endedAt)) : left;
  }

  private set(sentAt: ClockStamp, ttlMs: number): void {
    this.sentAt = sentAt;
    this.certainMs = ttlMs - leaseMarginMs(ttlMs);
    this.untilWall = sentAt.wall + this.certainMs;
    this.untilMonotonic = sentAt.monotonic + this.certainMs;
  }

  private elapsedSince({ monotonic, wall }: ClockStamp): number {
    return Math.max(this.clock.monotonic() - monotonic, this.clock.now() - wall);
  }
}
