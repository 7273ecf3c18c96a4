import { startBenchNode } from '../bench-node.js';
import { goingRound } from '../going-round.js';
import { residentBytesPer } from '../memory-growth.js';
import type { Driver, DriverConfig } from '../sample.js';

/** Objects that are activated at a time. */
const AT_A_TIME = 1_000;

/** A whole garbage collection of so many objects, asked for to measure, may take longer than a lease. */
const FLAGS = ['--max-activations', 'Infinity', '--lease-ttl-seconds', '300'];

/** Calls to many living objects, one after the other. */
export async function open({ etcd = '', objects = '' }: DriverConfig): Promise<Driver> {
  const { node, goverse, catalog } = await startBenchNode(etcd, FLAGS);
  const count = Number(objects);
  const ping = (n: number) => goverse.callObject<number>(`Sleeper-${n}`, 'Ping', n);
  const began = performance.now();
  const { bytes } = await residentBytesPer(
    async () => {
      for (let first = 0; first < count; first += AT_A_TIME)
        await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => ping(first + n)));
    },
    () => count,
  );
  const seconds = (performance.now() - began) / 1000;
  if (catalog.size !== count) throw new Error(`${catalog.size} objects live instead of ${count}`);
  return {
    measure: async (round) => {
      const sample = await goingRound(round, count, ping);
      const facts = { 'resident bytes per object': bytes.resident, 'activated per second': count / seconds };
      return { ...sample, facts };
    },
    close: () => node.stop(),
  };
}
