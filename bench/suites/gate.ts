import type { Contender, Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';
import { grpcUnary, nestGrpc } from './remote.js';

const gateUnary: Contender = {
  name: 'goverse gate, unary',
  start: async () => {
    const cluster = await GoverseCluster.start(1, 1);
    return {
      driver: { name: 'gate-unary', config: { address: cluster.gates[0]?.address ?? '' } },
      serving: cluster.pids,
      stop: () => cluster.stop(),
    };
  },
};

/** Calls of clients, through a gate to an object on a node. */
export const gate: Suite = {
  name: 'gate',
  unit: 'calls',
  callers: [1, 64, 256],
  contenders: [gateUnary, grpcUnary, nestGrpc],
  targets: [{ ours: 'goverse gate, unary', peer: 'grpc-js unary', callers: 64, times: 0.8 }],
};
