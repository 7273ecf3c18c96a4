import { startBenchNode } from '../bench-node.js';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';

/** For each other node. */
const OBJECTS = 64;

/**
 * Calls to objects of other nodes: `round.callers` at a time for each of them, and as many objects, so that turns do not
 * wait for each other.
 */
export async function open({ etcd = '', others = '1' }: DriverConfig): Promise<Driver> {
  const { node, goverse } = await startBenchNode(etcd);
  const ids: string[] = [];
  const count = OBJECTS * Number(others);
  for (let n = 0; ids.length < count; n++) {
    const pid = await goverse.callObject<number>(`Echo-${n}`, 'Pid');
    if (pid !== process.pid) ids.push(`Echo-${n}`);
  }
  return {
    measure: (round) =>
      closedLoop(
        { ...round, callers: round.callers * Number(others) },
        (n) => goverse.callObject(ids[n % count] as string, 'Echo', textOf(n)),
        isTextOf,
      ),
    close: () => node.stop(),
  };
}
