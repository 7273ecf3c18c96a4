import type { Placement } from '../core/index.js';

/** What objects need to know of the cluster; implemented by the node. */
export interface Ownership {
  /** Asked before every turn. Throws `NOT_OWNER`, `FENCED` or `NOT_READY` when no turn may start there. */
  assertMayRun(placement: Placement): void;
}
