import { expect, it } from 'vitest';
import type { Clock } from '../../core/index.js';
import { Heartbeats } from './heartbeats.js';
import type { SseSink } from './sse-sink.js';

/** Runs timers when a test says so. */
class TestClock implements Clock {
  private timers = new Map<object, { callback: () => void; delayMs: number }>();

  now = () => 0;
  monotonic = () => 0;

  setTimeout(callback: () => void, delayMs: number): object {
    const handle = {};
    this.timers.set(handle, { callback, delayMs });
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as object);
  }

  fire(): number[] {
    const due = [...this.timers.values()];
    this.timers.clear();
    for (const { callback } of due) callback();
    return due.map(({ delayMs }) => delayMs);
  }
}

it('beats for every open stream with one timer, which stops with the last of them', () => {
  const clock = new TestClock();
  const heartbeats = new Heartbeats(clock);
  const beats: string[] = [];
  const sink = (name: string) => ({ heartbeat: () => beats.push(name) }) as unknown as SseSink;
  const [a, b] = [new AbortController(), new AbortController()];
  heartbeats.beat(sink('a'), a.signal);
  heartbeats.beat(sink('b'), b.signal);
  expect(clock.fire()).toEqual([15_000]);
  expect(beats).toEqual(['a', 'b']);
  a.abort();
  clock.fire();
  expect(beats).toEqual(['a', 'b', 'b']);
  b.abort();
  clock.fire();
  expect([beats.length, clock.fire()]).toEqual([3, []]);
});
