import type { Contender, Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';

const cluster = (nodes: number): Contender => ({
  name: `goverse object call, ${nodes} other node${nodes > 1 ? 's' : ''}`,
  start: async () => {
    const started = await GoverseCluster.start(nodes, 0);
    return {
      driver: { name: 'goverse-remote', config: { etcd: started.etcd } },
      serving: started.pids,
      stop: () => started.stop(),
    };
  },
});

/** Calls of one node to objects on few and on many others. The ratio per CPU time says more than the rate: all share the machine. */
export const nodes: Suite = {
  name: 'nodes',
  unit: 'calls',
  callers: [256],
  contenders: [cluster(1), cluster(7)],
  targets: [
    { ours: 'goverse object call, 7 other nodes', peer: 'goverse object call, 1 other node', callers: 256, times: 0.8 },
  ],
};
