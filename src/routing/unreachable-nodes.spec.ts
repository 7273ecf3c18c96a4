import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { goverseError } from '../core/index.js';
import { LONGEST_BACKOFF_MS } from './retry-backoff.js';
import { UnreachableNodes } from './unreachable-nodes.js';

function unreachable() {
  const clock = new ManualClock();
  const seen = { dialled: [] as string[], answer: undefined as Error | undefined };
  const nodes = new UnreachableNodes({
    clock,
    connect: (address) => {
      seen.dialled.push(address);
      return seen.answer ? Promise.reject(seen.answer) : Promise.resolve();
    },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += 5) {
      clock.advance(5);
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { clock, seen, nodes, pass };
}

describe('UnreachableNodes', () => {
  it('dials a node once at a time, however many calls wait for it, and calls them all back', async () => {
    const { nodes, seen, clock, pass } = unreachable();
    seen.answer = goverseError('NOT_READY', 'nobody there');
    let told = 0;
    for (let call = 0; call < 5_000; call++) nodes.onReachable('a:1', () => told++);
    await pass(2_000);
    expect(told).toBe(0);
    expect(seen.dialled.length).toBeGreaterThan(2_000 / LONGEST_BACKOFF_MS - 1);
    expect(seen.dialled.length).toBeLessThan(30);
    seen.answer = undefined;
    await pass(LONGEST_BACKOFF_MS + 5);
    expect(told).toBe(5_000);
    expect(nodes.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for each node by itself', async () => {
    const { nodes, seen, pass } = unreachable();
    let told = 0;
    nodes.onReachable('a:1', () => told++);
    nodes.onReachable('b:1', () => told++);
    await pass(10);
    expect(seen.dialled.toSorted()).toEqual(['a:1', 'b:1']);
    expect(told).toBe(2);
  });

  it('calls back when trying does not help, so that each call hears why', async () => {
    const { nodes, seen, pass } = unreachable();
    seen.answer = goverseError('NOT_READY', 'another secret', { retryable: false });
    let told = 0;
    nodes.onReachable('a:1', () => told++);
    await pass(10);
    expect(told).toBe(1);
  });

  it('leaves no timer when nobody waits any more', async () => {
    const { nodes, seen, clock, pass } = unreachable();
    const stops = [nodes.onReachable('a:1', () => {}), nodes.onReachable('a:1', () => {})];
    stops[0]!();
    expect(nodes.size).toBe(1);
    stops[1]!();
    expect(nodes.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    await pass(LONGEST_BACKOFF_MS);
    expect(seen.dialled).toEqual([]);
  });
});
