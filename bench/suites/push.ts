import { clientAndServer, type Contender, type Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';

/** Two processes serve here, the node with the object and the gate with the clients; both count. */
const gatePush: Contender = {
  name: 'goverse push, WebSocket',
  start: async () => {
    const cluster = await GoverseCluster.start(1, 1);
    return {
      driver: { name: 'push-goverse', config: { address: cluster.gates[0]?.http ?? '' } },
      serving: cluster.pids,
      stop: () => cluster.stop(),
    };
  },
};

/** One object says something to 500 clients of one gate. The clients are the bottleneck, so the servers' CPU time counts. */
export const push: Suite = {
  name: 'push',
  unit: 'deliveries',
  byCpu: true,
  callers: [1, 16],
  contenders: [
    gatePush,
    clientAndServer('socket.io', 'socket-io-fan-out', 'push-socket-io'),
    clientAndServer('bare ws', 'ws-fan-out', 'push-ws'),
  ],
  targets: [
    { ours: 'goverse push, WebSocket', peer: 'socket.io', callers: 1, times: 1.5 },
    { ours: 'goverse push, WebSocket', peer: 'socket.io', callers: 16, times: 1.5 },
  ],
};
