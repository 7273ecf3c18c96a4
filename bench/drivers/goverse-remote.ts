import { startBenchNode } from '../bench-node.js';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';

/** Calls to objects of another node; as many objects as callers at most, so that turns do not wait for each other. */
const OBJECTS = 64;

export async function open({ etcd = '' }: DriverConfig): Promise<Driver> {
  const { node, goverse } = await startBenchNode(etcd);
  const ids: string[] = [];
  for (let n = 0; ids.length < OBJECTS; n++) {
    const pid = await goverse.callObject<number>(`Echo-${n}`, 'Pid');
    if (pid !== process.pid) ids.push(`Echo-${n}`);
  }
  return {
    measure: (round) =>
      closedLoop(round, (n) => goverse.callObject(ids[n % OBJECTS] as string, 'Echo', textOf(n)), isTextOf),
    close: () => node.stop(),
  };
}
