import { describe, expect, it } from 'vitest';
import { DEFAULT_POOL } from '../core/index.js';
import { ClusterState } from './cluster-state.js';
import type { KeyEntry } from './etcd/index.js';
import { KeyLayout } from './key-layout.js';
import type { Candidate } from './leadership.js';
import { decideLeadership } from './leadership.js';
import { encodeAssignment, encodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';

const keys = new KeyLayout('/t');
const me: Candidate = { address: 'a:1', lease: '77', draining: false, minNodes: 1 };

function view(values: Record<string, string>) {
  const entries = Object.entries(values).map(([key, value], i): KeyEntry => ({
    key,
    value: Buffer.from(value),
    createRevision: i + 1,
    modRevision: i + 1,
    lease: '77',
  }));
  return new ClusterState(keys, 4).reset({ revision: 10, entries }).pool(DEFAULT_POOL);
}

const nodes = { [keys.node('a:1')]: '{}', [keys.node('b:1')]: '{}' };
const leading = { ...nodes, [keys.leader]: '{"address":"a:1"}' };
const claimsOf = (...shards: number[]) => encodeClaims(new ShardSet(4, shards));

describe('decideLeadership', () => {
  it('campaigns when there is no leader, but not while draining', () => {
    expect(decideLeadership(view(nodes), me)).toEqual({ kind: 'campaign' });
    expect(decideLeadership(view(nodes), { ...me, draining: true })).toEqual({ kind: 'nothing' });
  });

  it('leaves planning to the leader', () => {
    expect(decideLeadership(view(leading), { ...me, address: 'b:1', lease: '88' })).toEqual({ kind: 'nothing' });
    expect(decideLeadership(view(leading), { ...me, lease: '78' })).toEqual({ kind: 'nothing' });
  });

  it('plans nothing below the quorum', () => {
    expect(decideLeadership(view(leading), { ...me, minNodes: 3 })).toEqual({ kind: 'nothing' });
  });

  it('plans at once for shards without an owner', () => {
    expect(decideLeadership(view(leading), me)).toMatchObject({ kind: 'plan', pace: 'now', plan: { orphans: 4 } });
  });

  it('takes its time to balance, and writes nothing when nothing changes', () => {
    const all = {
      [keys.assignment]: encodeAssignment(['a:1', 'a:1', 'a:1', 'a:1']),
      [keys.claims('a:1')]: claimsOf(0, 1, 2, 3),
    };
    expect(decideLeadership(view({ ...leading, ...all }), me)).toMatchObject({
      kind: 'plan',
      pace: 'joins',
      plan: { balanced: 2 },
    });
    const even = {
      [keys.assignment]: encodeAssignment(['a:1', 'a:1', 'b:1', 'b:1']),
      [keys.claims('a:1')]: claimsOf(0, 1),
      [keys.claims('b:1')]: claimsOf(2, 3),
    };
    expect(decideLeadership(view({ ...leading, ...even }), me)).toEqual({ kind: 'nothing' });
  });

  it('drains at once', () => {
    const draining = { ...leading, [keys.node('a:1')]: '{"state":"draining"}' };
    const all = {
      [keys.assignment]: encodeAssignment(['a:1', 'a:1', 'a:1', 'a:1']),
      [keys.claims('a:1')]: claimsOf(0, 1, 2, 3),
    };
    expect(decideLeadership(view({ ...draining, ...all }), { ...me, draining: true })).toMatchObject({
      kind: 'plan',
      pace: 'now',
      plan: { drained: 4 },
    });
  });
});
