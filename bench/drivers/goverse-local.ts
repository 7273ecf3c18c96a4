import { startBenchNode } from '../bench-node.js';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';

/** Objects of this node, called through GoverseService by code of the same process. */
export async function open({ etcd = '' }: DriverConfig): Promise<Driver> {
  const { node, goverse } = await startBenchNode(etcd);
  const id = 'Echo-local';
  return {
    measure: (round) =>
      closedLoop(
        round,
        (n) => goverse.callObject(id, 'Add', n),
        (answer, n) => answer === n + 1,
      ),
    close: () => node.stop(),
  };
}
