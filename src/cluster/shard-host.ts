/** Whatever runs turns on this node's shards. The cluster tells it what it may no longer run. */
export interface ShardHost {
  /**
   * Resolves when the last turn of these shards has ended; none starts there after the call. Rejects when `postponed`
   * is aborted before that: turns may start there again.
   */
  release(shards: ReadonlySet<number>, postponed: AbortSignal): Promise<void>;
  /** The lease is lost: ends everything, resolves when the last old turn has ended. */
  fence(): Promise<void>;
  /** Turns may start on these shards. */
  acquired?(shards: ReadonlySet<number>): void;
}
