import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { decodeAssignment, decodeClaims, encodeAssignment, encodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';

const claimsRoundTrip = (set: ShardSet) => [...decodeClaims(Buffer.from(encodeClaims(set)), set.capacity)];

describe('the assignment value', () => {
  it('gives back every assignee, and shards without one', () => {
    const assignees = ['a:1', undefined, 'b:2', 'a:1', undefined];
    expect(decodeAssignment(Buffer.from(encodeAssignment(assignees)), 5)).toEqual(assignees);
  });

  it('holds more nodes than fit one byte', () => {
    const assignees = Array.from({ length: 8192 }, (_, shard) => `10.0.${shard % 1000}.1:47000`);
    expect(decodeAssignment(Buffer.from(encodeAssignment(assignees)), 8192)).toEqual(assignees);
  });

  it('stays small: under 8 KiB for 8192 shards scattered over 3 nodes', () => {
    const random = new SeededRandom(5);
    const assignees = Array.from({ length: 8192 }, () => `10.0.0.${random.below(3)}:47000`);
    expect(encodeAssignment(assignees).length).toBeLessThan(8 * 1024);
  });

  it('is refused when it is for another number of shards or damaged', () => {
    const value = encodeAssignment(['a:1', 'b:2']);
    expect(() => decodeAssignment(Buffer.from(value), 3)).toThrow('2 shards, not 3');
    expect(() => decodeAssignment(Buffer.from('{}'), 3)).toThrow();
    expect(() => decodeAssignment(Buffer.from(JSON.stringify({ nodes: [], shards: 2, list: '' })), 2)).toThrow();
  });
});

describe('the claims value', () => {
  it('gives back any set', () => {
    const random = new SeededRandom(7);
    for (const density of [0, 0.01, 0.5, 0.99, 1]) {
      const shards = Array.from({ length: 1000 }, (_, shard) => shard).filter(() => random.chance(density));
      expect(claimsRoundTrip(new ShardSet(1000, shards))).toEqual(shards);
    }
  });

  it('names ranges while that is short and is never much longer than a bitmap', () => {
    expect(encodeClaims(new ShardSet(8192, [0, 1, 2, 7]))).toBe('{"ranges":"0-2,7"}');
    const everySecond = Array.from({ length: 4096 }, (_, i) => i * 2);
    expect(encodeClaims(new ShardSet(8192, everySecond)).length).toBeLessThan(1.4 * 1024);
  });

  it('is refused when it names shards that do not exist', () => {
    expect(() => decodeClaims(Buffer.from('{"ranges":"5-9"}'), 9)).toThrow('no range');
    expect(() => decodeClaims(Buffer.from('{"ranges":"9-5"}'), 10)).toThrow('no range');
    expect(() => decodeClaims(Buffer.from('{}'), 9)).toThrow();
  });
});
