import { describe, expect, it } from 'vitest';
import type { ClusterView } from './cluster-view.js';
import type { ShardHolder } from './shard-tally.js';
import { tallyShards } from './shard-tally.js';

/** By shard: who is to have it, and what this node does with it. */
function holder(shards: readonly [assignee: string | undefined, here: 'held' | 'ending' | 'absent'][]): ShardHolder {
  const view: Partial<ClusterView> = {
    shards: shards.length,
    assigneeOf: (shard, pool) => (pool === 'p' ? shards[shard]?.[0] : undefined),
  };
  const holds = (shard: number) => shards[shard]?.[1] === 'held';
  return {
    view: view as ClusterView,
    pool: 'p',
    holds,
    releasing: (shard) => shards[shard]?.[1] === 'ending',
    epochOf: (shard) => (holds(shard) ? { generation: 1, revision: 10 + (shard % 2) } : undefined),
  };
}

describe('the tally of a node', () => {
  it('counts what it holds, and what comes and goes', () => {
    const tally = tallyShards(
      'a',
      holder([
        ['a', 'held'],
        ['a', 'held'],
        ['b', 'held'],
        ['b', 'ending'],
        ['a', 'absent'],
        ['b', 'absent'],
        [undefined, 'absent'],
      ]),
    );
    expect(tally).toEqual({ held: 3, moving: 3, epoch: { generation: 1, revision: 11 } });
  });

  it('has no epoch without a shard', () => {
    expect(tallyShards('a', holder([['b', 'absent']]))).toEqual({ held: 0, moving: 0, epoch: undefined });
  });

  it('does not take what nobody is assigned for moving', () => {
    expect(tallyShards('a', holder([[undefined, 'held']]))).toMatchObject({ held: 1, moving: 0 });
  });
});
