import { inOneProcess, type Contender, type Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';

/** The node is the driver's own process; etcd is as real as elsewhere. */
const goverseLocal: Contender = {
  name: 'goverse object call',
  start: async () => {
    const cluster = await GoverseCluster.start(0, 0);
    return {
      driver: { name: 'goverse-local', config: { etcd: cluster.etcd } },
      serving: [],
      stop: () => cluster.stop(),
    };
  },
};

/** Calls that stay in the process. */
export const local: Suite = {
  name: 'local',
  unit: 'calls',
  callers: [1, 64],
  contenders: [
    goverseLocal,
    inOneProcess('nact query', { name: 'nact-local' }),
    inOneProcess('moleculer action', { name: 'moleculer-local' }),
  ],
  targets: [{ ours: 'goverse object call', peer: 'nact query', callers: 1, times: 5 }],
};
