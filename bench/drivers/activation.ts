import { startBenchNode } from '../bench-node.js';
import { closedLoop } from '../closed-loop.js';
import { residentBytesPer } from '../memory-growth.js';
import type { Driver, DriverConfig } from '../sample.js';

/** With memory measured and the processor profiled, a machine may be too busy to renew a lease of 10 s. */
const FLAGS = ['--max-activations', 'Infinity', '--lease-ttl-seconds', '300'];

/** Each call is the first of its object, of a class with one singleton dependency; the objects go after the round. */
export async function open({ etcd = '' }: DriverConfig): Promise<Driver> {
  const { node, goverse, catalog } = await startBenchNode(etcd, FLAGS);
  let born = 0;
  return {
    measure: async (round) => {
      const first = born;
      let cpuMicros = 0;
      const { result, bytes } = await residentBytesPer(
        async () => {
          const before = process.cpuUsage();
          const sample = await closedLoop(
            round,
            (n) => goverse.callObject<number>(`Sleeper-${(born = first + n)}`, 'Ping', n),
            (answer, n) => answer === n,
          );
          const { user, system } = process.cpuUsage(before);
          cpuMicros = (user + system) / sample.count;
          return sample;
        },
        ({ count }) => count,
      );
      born = first + result.count;
      if (catalog.size !== result.count) throw new Error(`${catalog.size} objects live instead of ${result.count}`);
      for (let n = first; n < born; n++) await goverse.deleteObject('Sleeper', `Sleeper-${n}`);
      return { ...result, facts: { 'heap bytes per object': bytes.heap, 'CPU µs per activation': cpuMicros } };
    },
    close: () => node.stop(),
  };
}
