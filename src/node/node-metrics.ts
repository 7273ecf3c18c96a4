import type { Metric } from '../observability/index.js';
import type { Member } from './member.js';

/** What `/metrics` tells of a node. */
export function nodeMetrics({ catalog, shardTally }: Member): Metric[] {
  const { held, moving } = shardTally;
  return [
    {
      name: 'goverse_node_objects',
      help: 'Objects that are active on the node.',
      kind: 'gauge',
      values: [[{}, catalog.size]],
    },
    {
      name: 'goverse_node_shards',
      help: 'Shards the node holds, and those on their way to or from it.',
      kind: 'gauge',
      values: [
        [{ state: 'held' }, held],
        [{ state: 'moving' }, moving],
      ],
    },
  ];
}
