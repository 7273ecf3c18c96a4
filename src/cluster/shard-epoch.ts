/**
 * When a node acquired a shard: constant while the node holds it, greater at every later acquisition by anybody.
 * It is the fencing token of calls, pushes and saves.
 */
export interface ShardEpoch {
  /** Generation of the etcd content; decides first. */
  readonly generation: number;
  /** Revision of the transaction that acquired the shard. */
  readonly revision: number;
}

/** Negative if `a` is older than `b`, positive if it is younger, 0 if they are the same. */
export function compareEpochs(a: ShardEpoch, b: ShardEpoch): number {
  return a.generation - b.generation || a.revision - b.revision;
}
