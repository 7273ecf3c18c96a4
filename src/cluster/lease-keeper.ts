import type { Clock, TimerHandle } from '../core/index.js';
import type { EtcdConnection } from './etcd/index.js';
import { isLeaseLost, KeepAliveStream } from './etcd/index.js';
import type { ClockStamp } from './lease-clock.js';
import { LeaseClock } from './lease-clock.js';

const LONGEST_INTERVAL_MS = 1_000;
const INTERVALS_PER_TTL = 8;
/** A keepalive unanswered for so many intervals gives its stream up. */
const PATIENCE_INTERVALS = 2;

export interface LeaseKeeperParts {
  readonly connection: EtcdConnection;
  readonly clock: Clock;
}

/**
 * Keeps one lease alive and knows by its own clock how long it certainly lives. Drives the keepalive stream itself,
 * one request outstanding: lease loss on a half-open connection must not go unnoticed (microsoft/etcd3 13, 50, 110).
 */
export class LeaseKeeper {
  /** Called once: etcd has no such lease, or the lease clock ran out. */
  onLost: (reason: string) => void = () => {};
  private readonly intervalMs: number;
  private stream: KeepAliveStream | undefined;
  private opening = false;
  private outstanding: ClockStamp | undefined;
  /** Beats since it was sent: a process that stood still has one, and reads what has arrived before the next. */
  private beatsOutstanding = 0;
  private timer: TimerHandle;
  private stopped = false;
  private streamNumber = 0;

  private constructor(
    private readonly parts: LeaseKeeperParts,
    readonly leaseId: string,
    readonly ttlMs: number,
    readonly leaseClock: LeaseClock,
  ) {
    this.intervalMs = Math.min(LONGEST_INTERVAL_MS, ttlMs / INTERVALS_PER_TTL);
  }

  /** Gets a lease from etcd and begins to keep it. */
  static async grant(parts: LeaseKeeperParts, ttlSeconds: number): Promise<LeaseKeeper> {
    const sentAt = LeaseClock.stamp(parts.clock);
    const { id, ttlSeconds: granted } = await parts.connection.grantLease(ttlSeconds);
    const ttlMs = granted * 1_000;
    const keeper = new LeaseKeeper(parts, id, ttlMs, new LeaseClock(parts.clock, { sentAt, ttlMs }));
    keeper.schedule();
    return keeper;
  }

  /** Sends nothing more; the lease runs out by itself. */
  stop(): void {
    this.stopped = true;
    this.parts.clock.clearTimeout(this.timer);
    this.stream?.close();
    this.stream = undefined;
    this.leaseClock.end();
  }

  /** Ends the lease in etcd, and with it every key that hangs on it. */
  async revoke(): Promise<void> {
    this.stop();
    // An answer that is lost once must not leave a process that has gone in the list of the living for a whole lease.
    await this.revokeOnce().catch(() => this.revokeOnce());
  }

  private async revokeOnce(): Promise<void> {
    try {
      await this.parts.connection.revokeLease(this.leaseId);
    } catch (error) {
      if (!isLeaseLost(error)) throw error;
    }
  }

  private schedule(): void {
    const { clock } = this.parts;
    clock.clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(this.intervalMs, this.leaseClock.remainingMs() + 1));
    this.timer = clock.setTimeout(() => this.beat(), wait);
  }

  private beat(): void {
    if (this.stopped) return;
    if (!this.leaseClock.alive()) return this.lost('its lease clock ran out: etcd did not answer keepalives in time');
    if (this.outstanding === undefined) this.send();
    else if (++this.beatsOutstanding >= PATIENCE_INTERVALS && this.isOverdue(this.outstanding)) this.renewStream();
    this.schedule();
  }

  private isOverdue({ monotonic }: ClockStamp): boolean {
    return this.parts.clock.monotonic() - monotonic >= PATIENCE_INTERVALS * this.intervalMs;
  }

  private send(): void {
    if (this.stream === undefined) return this.openStream();
    this.outstanding = LeaseClock.stamp(this.parts.clock);
    this.beatsOutstanding = 0;
    this.stream.send();
  }

  private openStream(): void {
    if (this.opening) return;
    this.opening = true;
    const number = ++this.streamNumber;
    const isCurrent = (): boolean => number === this.streamNumber && !this.stopped;
    const opened = KeepAliveStream.open(this.parts.connection, this.leaseId, {
      onAnswer: (ttlSeconds) => isCurrent() && this.answered(ttlSeconds),
      onEnd: () => {
        if (!isCurrent()) return;
        this.dropStream();
        this.parts.connection.streamFailed();
      },
    });
    opened.then(
      (stream) => {
        this.opening = false;
        if (!isCurrent()) return stream.close();
        this.stream = stream;
        this.send();
      },
      () => {
        this.opening = false;
        this.parts.connection.streamFailed();
      },
    );
  }

  private answered(ttlSeconds: number): void {
    const sentAt = this.outstanding;
    if (sentAt === undefined) return;
    if (ttlSeconds <= 0) return this.lost('etcd does not have its lease any more');
    this.outstanding = undefined;
    this.parts.connection.streamWorks();
    this.leaseClock.renewed(sentAt, ttlSeconds * 1_000);
    this.schedule();
  }

  private renewStream(): void {
    this.dropStream();
    this.parts.connection.streamSilent('keepalive');
    this.send();
  }

  private dropStream(): void {
    this.streamNumber++;
    this.stream?.close();
    this.stream = undefined;
    this.outstanding = undefined;
  }

  private lost(reason: string): void {
    this.stop();
    this.onLost(reason);
  }
}
