import type { ClusterOptions } from './cluster-options.js';

/** Options of `GoverseNodeModule.forRoot`. Every one may be left out. */
export interface GoverseNodeOptions extends ClusterOptions {
  /**
   * Set of nodes that host the same object types and share their shards among themselves: letters, digits, `_`, `-`, `.`,
   * at most 64. Nodes that host other types name another pool; a type is hosted in one pool only. Default: `default`.
   */
  pool?: string;
  /** Calls are served when at least this many nodes of the pool are there. Default: 1. */
  minNodes?: number;
  /** Share of the shards relative to other nodes of the pool; above 0. Default: 1. */
  weight?: number;
  /** Messages that may wait for one gate; more are refused with `QUEUE_FULL`. Default: 1024. */
  gateQueueLimit?: number;
  /** Activations this node may hold; more are refused with `OVERLOADED`. May be `Infinity`. Default: 1_000_000. */
  maxActivations?: number;
  /** Nest enhancers on object methods: `all`, or `local` to leave the global ones (`APP_GUARD`, ...) out. Default: `all`. */
  enhancers?: 'all' | 'local';
}
