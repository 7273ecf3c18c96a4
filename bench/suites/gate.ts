import type { Contender, Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';
import { grpcUnary, nestGrpc } from './remote.js';

function gateContender(name: string, driver: string): Contender {
  return {
    name,
    start: async () => {
      const cluster = await GoverseCluster.start(1, 1);
      return {
        driver: { name: driver, config: { address: cluster.gates[0]?.address ?? '' } },
        serving: cluster.pids,
        stop: () => cluster.stop(),
      };
    },
  };
}

const gateUnary = gateContender('goverse gate, unary', 'gate-unary');
const gateConnect = gateContender('goverse gate, Connect', 'gate-connect');

/** Calls of clients, through a gate to an object on a node. */
export const gate: Suite = {
  name: 'gate',
  unit: 'calls',
  callers: [1, 64, 256],
  contenders: [gateUnary, gateConnect, grpcUnary, nestGrpc],
  targets: [
    { ours: 'goverse gate, unary', peer: 'grpc-js unary', callers: 64, times: 0.8 },
    { ours: 'goverse gate, Connect', peer: 'NestJS gRPC', callers: 256, times: 15 },
  ],
};
