import type { ClusterOptions } from './cluster-options.js';

/** Options of `GoverseNodeModule.forRoot`. Every one may be left out. */
export interface GoverseNodeOptions extends ClusterOptions {
  /** The cluster serves calls when at least this many nodes are there. Default: 1. */
  minNodes?: number;
  /** Share of the shards relative to other nodes; above 0. Default: 1. */
  weight?: number;
  /** Messages that may wait for one gate; more are refused with `QUEUE_FULL`. Default: 1024. */
  gateQueueLimit?: number;
  /** Activations this node may hold; more are refused with `OVERLOADED`. May be `Infinity`. Default: 1_000_000. */
  maxActivations?: number;
  /** Nest enhancers on object methods: `all`, or `local` to leave the global ones (`APP_GUARD`, ...) out. Default: `all`. */
  enhancers?: 'all' | 'local';
}
