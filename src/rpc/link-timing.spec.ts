import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.js';
import { DeadlineSweep } from './deadline-sweep.js';
import { Heartbeat } from './heartbeat.js';
import type { Clock } from '../core/index.js';

/** Time that passes only when the test says so. */
class ManualClock implements Clock {
  private time = 0;
  private timers: { at: number; callback: () => void }[] = [];
  armed = 0;

  now = () => this.time;
  monotonic = () => this.time;
  setTimeout = (callback: () => void, delayMs: number) => {
    const timer = { at: this.time + delayMs, callback };
    this.timers.push(timer);
    this.armed++;
    return timer;
  };
  clearTimeout = (handle: unknown) => {
    this.timers = this.timers.filter((timer) => timer !== handle);
  };

  get pending(): number {
    return this.timers.length;
  }

  pass(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.time = Math.max(this.time, due.at);
      this.clearTimeout(due);
      due.callback();
    }
    this.time = until;
  }

  /** The process slept: time passes, and every timer that is due fires only once. */
  sleep(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }
}

function beating(clock: ManualClock) {
  const pings: number[] = [];
  let silent = 0;
  const heartbeat = new Heartbeat({
    clock,
    intervalMs: 100,
    limit: 3,
    ping: (n) => pings.push(n),
    silent: () => silent++,
  });
  heartbeat.start();
  return { heartbeat, pings, silent: () => silent };
}

describe('Heartbeat', () => {
  it('pings once per interval, and says once that nobody answers', () => {
    const clock = new ManualClock();
    const { pings, silent } = beating(clock);
    clock.pass(350);
    expect(pings).toEqual([1, 2, 3]);
    expect(silent()).toBe(0);
    clock.pass(50);
    expect(silent()).toBe(1);
    clock.pass(10_000);
    expect(silent()).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('goes on as long as anything is heard', () => {
    const clock = new ManualClock();
    const { heartbeat, silent } = beating(clock);
    for (let i = 0; i < 50; i++) {
      clock.pass(250);
      heartbeat.heard();
    }
    expect(silent()).toBe(0);
  });

  it('does not blame the peer for the sleep of its own process', () => {
    const clock = new ManualClock();
    const { heartbeat, silent } = beating(clock);
    clock.sleep(60_000);
    expect(silent()).toBe(0);
    heartbeat.heard();
    clock.pass(300);
    expect(silent()).toBe(0);
  });

  it('stops', () => {
    const clock = new ManualClock();
    const { heartbeat, pings } = beating(clock);
    heartbeat.stop();
    clock.pass(1000);
    expect(pings).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('DeadlineSweep', () => {
  it('wakes at the earliest deadline, with one timer for all', () => {
    const clock = new ManualClock();
    const deadlines = new Set([500, 200, 203, 900, Infinity]);
    const expired: number[] = [];
    const sweep = new DeadlineSweep(clock, (now) => {
      for (const at of [...deadlines]) if (at <= now && deadlines.delete(at)) expired.push(at);
      return Math.min(...deadlines);
    });
    for (const at of deadlines) sweep.add(at);
    expect(clock.pending).toBe(1);
    clock.pass(199);
    expect(expired).toEqual([]);
    clock.pass(1);
    expect(expired).toEqual([200]);
    clock.pass(10);
    expect(expired).toEqual([200, 203]);
    clock.pass(10_000);
    expect(expired).toEqual([200, 203, 500, 900]);
    expect(clock.pending).toBe(0);
  });

  it('does not set a timer for every deadline', () => {
    const clock = new ManualClock();
    const sweep = new DeadlineSweep(clock, () => Infinity);
    for (let i = 0; i < 1000; i++) sweep.add(30_000 + i);
    expect(clock.armed).toBe(1);
    sweep.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('Backoff', () => {
  it('doubles up to its longest, with jitter, and begins anew after a success', () => {
    const backoff = new Backoff(100, 1000);
    const waits = Array.from({ length: 50 }, () => backoff.next());
    [100, 200, 400, 800, 1000, 1000].forEach((most, i) => {
      expect(waits[i]).toBeGreaterThanOrEqual(most / 2);
      expect(waits[i]).toBeLessThanOrEqual(most);
    });
    expect(waits.at(-1)).toBeLessThanOrEqual(1000);
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(100);
  });
});
