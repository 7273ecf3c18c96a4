import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { WatchPulse } from './watch-pulse.js';

function pulse(options: { youngest?: number } = {}) {
  const clock = new ManualClock();
  const seen = { delivered: 10, asked: 0, dead: [] as string[] };
  const watch = new WatchPulse({
    clock,
    silenceMs: 1_000,
    delivered: () => seen.delivered,
    ask: () => void seen.asked++,
    youngest: () => Promise.resolve(options.youngest ?? 0),
  });
  watch.start((message) => seen.dead.push(message));
  return { clock, seen, watch };
}

describe('WatchPulse', () => {
  it('asks a silent stream for a sign of life and is content with the answer', () => {
    const { clock, seen, watch } = pulse();
    clock.advance(1_000);
    expect(seen.asked).toBe(1);
    watch.alive();
    clock.advance(1_000);
    expect(seen).toMatchObject({ asked: 2, dead: [] });
  });

  it('gives a stream up that does not answer', () => {
    const { clock, seen } = pulse();
    clock.advance(2_000);
    expect(seen.dead).toEqual(['the watch gave no sign of life for 2000 ms']);
    clock.advance(10_000);
    expect(seen.dead).toHaveLength(1);
  });

  it('gives a lively stream up that leaves out a known change', () => {
    const { clock, seen, watch } = pulse();
    watch.expect(11);
    watch.alive();
    clock.advance(1_000);
    expect(seen.dead).toEqual([]);
    watch.alive();
    clock.advance(1_000);
    expect(seen.dead).toEqual(['the watch leaves out changes']);
  });

  it('is content when the change arrives late', () => {
    const { clock, seen, watch } = pulse();
    watch.expect(11);
    clock.advance(1_000);
    seen.delivered = 11;
    watch.alive();
    clock.advance(1_000);
    expect(seen.dead).toEqual([]);
  });

  it('looks past the watch every now and then', async () => {
    const { clock, seen, watch } = pulse({ youngest: 12 });
    for (let beat = 0; beat < 6; beat++) {
      clock.advance(1_000);
      watch.alive();
      await Promise.resolve();
    }
    expect(seen.dead).toEqual(['the watch leaves out changes']);
  });

  it('does not blame the stream when the process itself stood still', () => {
    const { clock, seen, watch } = pulse();
    clock.advance(1_000);
    clock.skip(60_000);
    clock.advance(0);
    expect(seen.dead).toEqual([]);
    watch.alive();
    clock.advance(1_000);
    expect(seen.dead).toEqual([]);
    clock.skip(60_000);
    clock.advance(2_000);
    expect(seen.dead).toHaveLength(1);
  });

  it('leaves no timer when it stops', () => {
    const { clock, watch } = pulse();
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
