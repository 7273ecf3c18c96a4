import { createServer, type AddressInfo } from 'node:net';
import { clientAndServer, type Contender, type Suite } from '../contender.js';
import { GoverseCluster } from '../goverse-cluster.js';
import { readyAddress, spawnServer } from '../server-process.js';

const goverseRemote: Contender = {
  name: 'goverse object call',
  start: async () => {
    const cluster = await GoverseCluster.start(1, 0);
    return {
      driver: { name: 'goverse-remote', config: { etcd: cluster.etcd } },
      serving: cluster.pids,
      stop: () => cluster.stop(),
    };
  },
};

/** Shared with the suite of the gate. */
export const nestGrpc = clientAndServer('NestJS gRPC', 'nest-grpc-echo', 'nest-grpc');

/** Shared with the suite of the gate. */
export const grpcUnary = clientAndServer('grpc-js unary', 'grpc-echo', 'grpc-unary');

const moleculerTcp: Contender = {
  name: 'moleculer TCP',
  start: async () => {
    const [port = 0, driverPort = 0] = await freePorts(2);
    const child = spawnServer('moleculer-echo', [String(port), String(driverPort)]);
    const address = await readyAddress(child);
    return {
      driver: { name: 'moleculer-tcp', config: { address, port: String(driverPort) } },
      serving: [child.pid],
      stop: () => child.kill(),
    };
  },
};

/** Calls from one process to another. */
export const remote: Suite = {
  name: 'remote',
  unit: 'calls',
  callers: [1, 256],
  contenders: [goverseRemote, nestGrpc, grpcUnary, moleculerTcp, clientAndServer('bare TCP', 'tcp-echo', 'tcp-echo')],
  targets: [
    { ours: 'goverse object call', peer: 'NestJS gRPC', callers: 256, times: 30 },
    { ours: 'goverse object call', peer: 'moleculer TCP', callers: 256, times: 3 },
    { ours: 'goverse object call', peer: 'moleculer TCP', callers: 1, times: 0.8 },
    { ours: 'goverse object call', peer: 'bare TCP', callers: 256, times: 0.33 },
  ],
};

async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.once('listening', resolve))));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
