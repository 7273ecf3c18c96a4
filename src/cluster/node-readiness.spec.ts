import { describe, expect, it } from 'vitest';
import { DEFAULT_POOL } from '../core/index.js';
import { ClusterState } from './cluster-state.js';
import type { KeyEntry } from './etcd/index.js';
import { KeyLayout } from './key-layout.js';
import type { ReadinessFacts } from './node-readiness.js';
import { readinessOf } from './node-readiness.js';
import { encodeAssignment, encodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';

const keys = new KeyLayout('/t');

function facts(values: Record<string, string>, more: Partial<ReadinessFacts> = {}): ReadinessFacts {
  const entries = Object.entries(values).map(([key, value], i): KeyEntry => ({
    key,
    value: Buffer.from(value),
    createRevision: i + 1,
    modRevision: i + 1,
    lease: '7',
  }));
  return {
    state: { name: 'serving' },
    view: new ClusterState(keys, 4).reset({ revision: 10, entries }).pool(DEFAULT_POOL),
    address: 'a:1',
    minNodes: 1,
    watchLive: true,
    unreachable: undefined,
    hadShare: false,
    holds: () => true,
    ...more,
  };
}

const alone = { [keys.node('a:1')]: '{}' };
const full = {
  ...alone,
  [keys.assignment]: encodeAssignment(['a:1', 'a:1', 'a:1', 'a:1']),
  [keys.claims('a:1')]: encodeClaims(new ShardSet(4, [0, 1, 2, 3])),
};

describe('readinessOf', () => {
  it('is ready when the node holds its planned share', () => {
    expect(readinessOf(facts(full))).toEqual({ ready: true });
  });

  it.each([
    [
      'joining: etcd at x cannot be reached',
      facts(full, { state: { name: 'joining' }, unreachable: 'etcd at x cannot be reached' }),
    ],
    ['joining: its registration is not in view yet', facts({})],
    ['fenced: lease', facts(full, { state: { name: 'fenced', reason: 'lease' } })],
    ['draining', facts(full, { state: { name: 'draining' } })],
    ['stopped', facts(full, { state: { name: 'stopped' } })],
    ['the watch of etcd is down', facts(full, { watchLive: false })],
    ['waiting for 2 more nodes', facts(full, { minNodes: 3 })],
    ['nothing is assigned yet', facts(alone)],
    ['holds 1 of 4 shards', facts(full, { holds: (shard) => shard === 1 })],
    [
      'holds 1 of 2 shards',
      facts({
        ...full,
        [keys.node('b:1')]: '{}',
        [keys.assignment]: encodeAssignment(['a:1', 'b:1', 'b:1', 'b:1']),
      }),
    ],
  ])('says why not: %s', (reason, given) => {
    expect(readinessOf(given)).toEqual({ ready: false, reason });
  });

  it('stays ready while later moves are on their way', () => {
    expect(readinessOf(facts(full, { hadShare: true, holds: () => false }))).toEqual({ ready: true });
  });
});
