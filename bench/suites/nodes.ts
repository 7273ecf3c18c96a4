import type { Contender, Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';

const cluster = (others: number): Contender => ({
  name: `goverse object call, ${others} other node${others > 1 ? 's' : ''}`,
  start: async () => {
    const started = await GoverseCluster.start(others, 0);
    return {
      driver: { name: 'goverse-remote', config: { etcd: started.etcd, others: String(others) } },
      serving: started.pids,
      stop: () => started.stop(),
    };
  },
});

/**
 * Calls of one node to objects on few and on many others, as many at a time for each of them. All share the machine, so
 * the CPU time of a call counts, of the callers' process and the others together.
 */
export const nodes: Suite = {
  name: 'nodes',
  unit: 'calls',
  callers: [64],
  apart: true,
  // Each of many nodes has a part of the calls, and a compiler of its own to warm up.
  warmUpMs: 2_000,
  roundMs: 1_000,
  contenders: [cluster(1), { ...cluster(3), fullOnly: true }, cluster(7)],
  targets: [
    {
      ours: 'goverse object call, 7 other nodes',
      peer: 'goverse object call, 1 other node',
      callers: 64,
      times: 0.8,
      byCpu: true,
    },
  ],
};
