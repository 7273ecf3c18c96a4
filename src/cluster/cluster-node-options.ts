import type { Clock } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { EtcdOptions } from './etcd/index.js';
import type { ProtocolRange } from './protocol.js';

/** What a node brings along when it joins the cluster. */
export interface ClusterNodeOptions {
  /** Endpoints of etcd, or endpoints with credentials. */
  readonly etcd: EtcdOptions | readonly string[];
  /** Prefix of the cluster's keys, for example `/goverse`. */
  readonly prefix: string;
  /** Advertised `host:port`, unique in the cluster. */
  readonly address: string;
  /** Unique per start of the process. */
  readonly startId: string;
  /** Number of shards; the same in the whole cluster. */
  readonly shards: number;
  readonly leaseTtlSeconds: number;
  /** Shard space this node takes part in; default: the default pool. */
  readonly pool?: string;
  /** Nothing is planned before so many nodes of the pool are there. */
  readonly minNodes: number;
  /** Share in proportion to the pool's other nodes; default 1. */
  readonly weight?: number;
  /** Names of the object types this node hosts. */
  readonly types: readonly string[];
  /** How long `stop` waits for the host to release what it still has, counted from the first `drain` or `stop`. */
  readonly drainTimeoutMs: number;
  /** Default: what this code speaks. */
  readonly protocol?: ProtocolRange;
  readonly clock?: Clock;
  readonly logger?: ClusterLogger;
  /** Old turns have outlived a fence by `drainTimeoutMs`: the process had better end, it cannot join again. */
  readonly onFenceOverdue?: () => void;
}
