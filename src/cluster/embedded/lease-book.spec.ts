import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../core/index.js';
import { LeaseBook } from './lease-book.js';

/** A clock that stands still until told how far to go. */
class StandingClock implements Clock {
  private time = 0;
  private readonly timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  setTimeout(run: () => void, delayMs: number): unknown {
    const timer = { at: this.time + delayMs, run };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as { at: number; run: () => void });
  }

  get waiting(): number {
    return this.timers.size;
  }

  /** Lets time pass, every timer firing when it is due. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.time = Math.max(this.time, next.at);
      this.timers.delete(next);
      next.run();
    }
    this.time = end;
  }

  /** Time passes while nothing can run, as in a process that is stopped. */
  sleep(ms: number): void {
    this.time += ms;
  }

  private next(until: number): { at: number; run: () => void } | undefined {
    return [...this.timers].filter((timer) => timer.at <= until).toSorted((a, b) => a.at - b.at)[0];
  }
}

describe('LeaseBook', () => {
  let clock: StandingClock;
  let ended: string[];
  let leases: LeaseBook;

  beforeEach(() => {
    clock = new StandingClock();
    ended = [];
    leases = new LeaseBook(clock, (id) => ended.push(id));
  });

  it('ends a lease when its TTL is over, not before, and once', () => {
    leases.grant('7', 10);
    clock.pass(9_999);
    expect(ended).toEqual([]);
    expect(leases.timeToLive('7')).toEqual({ granted: 10, remaining: 0 });
    clock.pass(1);
    expect(ended).toEqual(['7']);
    expect(leases.has('7')).toBe(false);
    clock.pass(60_000);
    expect(ended).toEqual(['7']);
    expect(clock.waiting).toBe(0);
  });

  it('counts the TTL from the last renewal', () => {
    leases.grant('7', 10);
    for (let i = 0; i < 5; i++) {
      clock.pass(9_000);
      expect(leases.renew('7')).toBe(10);
    }
    clock.pass(9_999);
    expect(ended).toEqual([]);
    clock.pass(1);
    expect(ended).toEqual(['7']);
    expect(leases.renew('7')).toBe(0);
  });

  it('lets keepalives in first when the process slept', () => {
    leases.grant('read late', 10);
    leases.grant('dead', 10);
    clock.sleep(30_000);
    clock.pass(0);
    expect(ended).toEqual([]);
    leases.renew('read late');
    clock.pass(1_000);
    expect(ended).toEqual(['dead']);
    clock.pass(10_000);
    expect(ended).toEqual(['dead', 'read late']);
  });

  it('ends a revoked lease at once and never again', () => {
    leases.grant('7', 10);
    leases.revoke('7');
    expect(ended).toEqual(['7']);
    expect(clock.waiting).toBe(0);
    expect(() => leases.revoke('7')).toThrow('etcdserver: requested lease not found');
  });

  it('raises short wishes to the shortest lease and chooses ids of its own', () => {
    const { id, ttlSeconds } = leases.grant('0', -5);
    expect(ttlSeconds).toBe(2);
    expect(BigInt(id)).toBeGreaterThan(0n);
    expect(BigInt(id)).toBeLessThan(2n ** 63n);
  });

  it('lists leases by what expires first', () => {
    leases.grant('1', 30);
    leases.grant('2', 10);
    leases.grant('3', 20);
    expect(leases.ids()).toEqual(['2', '3', '1']);
  });

  it('waits for nothing and tells nobody once stopped', () => {
    leases.grant('7', 10);
    leases.stop();
    clock.pass(60_000);
    expect(ended).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
