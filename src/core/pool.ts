/** Pool of the nodes that name none. A pool is a set of nodes that host the same object types and share one shard space. */
export const DEFAULT_POOL = 'default';
