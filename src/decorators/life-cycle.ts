/**
 * Why an activation ends.
 *
 * | reason | when |
 * |---|---|
 * | `idle` | no call for `idleAfterMs`, or `deactivateSoon()` |
 * | `deleted` | `deleteObject` |
 * | `moved` | its shard goes to another node |
 * | `shutdown` | its node stops |
 * | `fenced` | its node lost its place in the cluster; calls, pushes and saves of the hook are refused |
 */
export type DeactivationReason = 'idle' | 'deleted' | 'moved' | 'shutdown' | 'fenced';

/** Implemented by objects that prepare themselves before their first turn. */
export interface OnActivate {
  /**
   * Runs once per activation, before the first turn. When it throws, every waiting call gets that error and the next
   * call activates anew.
   *
   * @param argument third argument of `createObject`, if that began this activation; else undefined
   */
  onActivate(argument?: unknown): unknown;
}

/** Implemented by objects that tidy up after their last turn. */
export interface OnDeactivate {
  /** Runs once, after the last turn. What it throws is logged. */
  onDeactivate(reason: DeactivationReason): unknown;
}
