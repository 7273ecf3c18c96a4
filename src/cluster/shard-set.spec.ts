import { describe, expect, it } from 'vitest';
import { ShardSet } from './shard-set.js';

describe('ShardSet', () => {
  it('holds each shard once, in order, and only shards that exist', () => {
    const set = new ShardSet(70, [69, 3, 31, 32, 3, 70, -1]);
    expect([...set]).toEqual([3, 31, 32, 69]);
    expect(set.size).toBe(4);
    set.delete(31);
    set.delete(31);
    expect(set.size).toBe(3);
    expect(set.has(31)).toBe(false);
  });

  it('compares', () => {
    const small = new ShardSet(70, [1, 69]);
    const large = new ShardSet(70, [1, 2, 69]);
    expect(small.isSubsetOf(large)).toBe(true);
    expect(large.isSubsetOf(small)).toBe(false);
    expect(small.equals(new ShardSet(70, [69, 1]))).toBe(true);
    expect(small.equals(large)).toBe(false);
  });

  it('survives as bytes', () => {
    const set = new ShardSet(70, [0, 7, 8, 69]);
    expect([...ShardSet.fromBytes(70, set.toBytes())]).toEqual([...set]);
  });
});
