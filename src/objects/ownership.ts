import type { Placement } from '../core/index.js';
import type { TurnEpoch } from '../observability/index.js';

/** A lease by the node's own clock. */
export interface Lease {
  /** Milliseconds until it runs out; below 0: since when it is gone. */
  leftMs(): number;
}

/** By what right turns run somewhere. */
export interface Tenancy {
  /** Advertised address of the node. */
  readonly node: string;
  /** Of the node's claim on the shard; undefined if it has none, or for ids bound to a node. */
  readonly epoch: TurnEpoch | undefined;
  /** Undefined while the node has none. */
  readonly lease: Lease | undefined;
}

/** What objects need to know of the cluster; implemented by the node. */
export interface Ownership {
  /** Asked before every turn. Throws `NOT_OWNER`, `FENCED` or `NOT_READY` when no turn may start there. */
  assertMayRun(placement: Placement): void;
  /** For those who watch; decides nothing. */
  tenancyOf(placement: Placement): Tenancy;
}
