import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { LeaseClock, leaseMarginMs } from './lease-clock.js';

function granted(ttlMs = 10_000): { clock: ManualClock; lease: LeaseClock } {
  const clock = new ManualClock();
  return { clock, lease: new LeaseClock(clock, { sentAt: LeaseClock.stamp(clock), ttlMs }) };
}

describe('LeaseClock', () => {
  it('lives for the time to live without the margin, counted from the request for the grant', () => {
    const { clock, lease } = granted();
    clock.advance(10_000 - leaseMarginMs(10_000) - 1);
    expect(lease.alive()).toBe(true);
    clock.advance(1);
    expect(lease.alive()).toBe(false);
  });

  it('counts a renewal from when it was sent, not from when it was answered', () => {
    const { clock, lease } = granted();
    clock.advance(1_000);
    const sentAt = LeaseClock.stamp(clock);
    clock.advance(3_000);
    lease.renewed(sentAt, 10_000);
    expect(lease.remainingMs()).toBe(10_000 - leaseMarginMs(10_000) - 3_000);
  });

  it('runs out in a suspended machine, whose monotonic clock stands still', () => {
    const { clock, lease } = granted();
    clock.suspend(9_000);
    expect(lease.alive()).toBe(false);
  });

  it('does not live longer because the wall clock was set back', () => {
    const { clock, lease } = granted();
    clock.wall -= 3_600_000;
    clock.advance(9_000);
    expect(lease.alive()).toBe(false);
  });

  it('stays dead, whatever is answered later', () => {
    const { clock, lease } = granted();
    clock.advance(8_000);
    const sentAt = LeaseClock.stamp(clock);
    clock.advance(1_000);
    expect(lease.alive()).toBe(false);
    lease.renewed(sentAt, 10_000);
    expect(lease.alive()).toBe(false);
    expect(lease.remainingMs()).toBe(0);
  });

  it('takes no renewal without time to live, and none older than the last', () => {
    const { clock, lease } = granted();
    const first = LeaseClock.stamp(clock);
    clock.advance(2_000);
    lease.renewed(LeaseClock.stamp(clock), 10_000);
    const remaining = lease.remainingMs();
    lease.renewed(LeaseClock.stamp(clock), 0);
    lease.renewed(first, 10_000);
    expect(lease.remainingMs()).toBe(remaining);
  });

  it('keeps a margin of drift and one election, and at most a third of a short lease', () => {
    expect(leaseMarginMs(10_000)).toBe(1_500);
    expect(leaseMarginMs(900)).toBe(300);
  });
});
