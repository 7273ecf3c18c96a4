import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff-delay.js';

describe('backoffDelay', () => {
  it('doubles with every failure up to the longest pause', () => {
    const delays = [0, 1, 2, 3, 4, 60].map((failures) => backoffDelay(failures, 100, 1_000, () => 1));
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('waits at least half of the pause', () => {
    expect(backoffDelay(3, 100, 10_000, () => 0)).toBe(400);
  });

  it('spreads the clients of one gate', () => {
    const delays = Array.from({ length: 50 }, () => backoffDelay(0, 10_000, 10_000));
    expect(new Set(delays).size).toBeGreaterThan(20);
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(5_000);
    for (const delay of delays) expect(delay).toBeLessThanOrEqual(10_000);
  });
});
