import type { ClusterView } from './cluster-view.js';
import type { ShardEpoch } from './shard-epoch.js';
import { compareEpochs } from './shard-epoch.js';

/** What a node knows of its own shards. */
export interface ShardHolder {
  readonly view: ClusterView;
  readonly pool: string;
  holds(shard: number): boolean;
  releasing(shard: number): boolean;
  epochOf(shard: number): ShardEpoch | undefined;
}

/** The shards of one node, counted, as operators see them. */
export interface ShardTally {
  /** Turns may run there. */
  readonly held: number;
  /** On their way: here and assigned to another node, or the other way round. */
  readonly moving: number;
  /** Of the shard that was acquired last; undefined without one. */
  readonly epoch: ShardEpoch | undefined;
}

export function tallyShards(address: string, holder: ShardHolder): ShardTally {
  const { view, pool } = holder;
  let [held, moving] = [0, 0];
  let epoch: ShardEpoch | undefined;
  for (let shard = 0; shard < view.shards; shard++) {
    const holds = holder.holds(shard);
    const isHere = holds || holder.releasing(shard);
    const assignee = view.assigneeOf(shard, pool);
    if (holds) held++;
    if (assignee !== undefined && isHere !== (assignee === address)) moving++;
    const acquired = holder.epochOf(shard);
    if (acquired && (!epoch || compareEpochs(acquired, epoch) > 0)) epoch = acquired;
  }
  return { held, moving, epoch };
}
