import type { GateRecord, NodeRecord } from './member-record.js';

/** The cluster as it was at one revision of etcd. Never changes. */
export interface ClusterView {
  /** Id of the etcd content; empty before it is known. Views of different stores cannot be compared. */
  readonly store: string;
  /** Revision of etcd; 0 before anything is known. */
  readonly revision: number;
  /** Number of shards of each pool. */
  readonly shards: number;
  /** Live nodes by address, of all pools. */
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** Live gates by address. */
  readonly gates: ReadonlyMap<string, GateRecord>;
  /** The pool that hosts the object type, or did when it was last alive; undefined for a type nobody has ever hosted. */
  poolOf(type: string): string | undefined;
  /** The node that holds the shard of the pool (it claims it). Default: the default pool. */
  ownerOf(shard: number, pool?: string): string | undefined;
  /** The node that shall hold the shard of the pool. Default: the default pool. */
  assigneeOf(shard: number, pool?: string): string | undefined;
}

/** Follows the cluster. */
export interface ViewSource {
  readonly view: ClusterView;
  /** Calls the listener at every new view, and when what this process holds has changed. Returns how to stop it. */
  onView(listener: (view: ClusterView) => void): () => void;
  /** Resolves with the next view; rejects with the signal's reason. */
  nextView(signal?: AbortSignal): Promise<ClusterView>;
}
