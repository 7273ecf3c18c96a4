import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { startBenchNode } from '../bench-node.js';
import { withinTime } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';

const AT_A_TIME = 1_000;
const LOOK_EVERY_MS = 5;
const LATE_MS = 300_000;

/** A whole garbage collection of a million objects may take longer than a lease. */
const FLAGS = ['--max-activations', 'Infinity', '--lease-ttl-seconds', '300'];

/** Many objects that are not called any more: how fast they go, and for how long each part of the sweep keeps others waiting. */
export async function open({ etcd = '', objects = '', type = '' }: DriverConfig): Promise<Driver> {
  const { node, goverse, catalog } = await startBenchNode(etcd, FLAGS);
  const count = Number(objects);
  const callAll = async (): Promise<void> => {
    for (let first = 0; first < count; first += AT_A_TIME)
      await Promise.all(
        Array.from({ length: AT_A_TIME }, (_, n) => goverse.callObject(`${type}-${first + n}`, 'Ping', 1)),
      );
  };
  return {
    measure: async () => {
      await callAll();
      // Called once more, fast, they are due together, however long it took to make them.
      await callAll();
      const delays = monitorEventLoopDelay({ resolution: 1 });
      const most = catalog.size;
      while (catalog.size === most) await wait(LOOK_EVERY_MS);
      delays.enable();
      const began = performance.now();
      const left = catalog.size;
      await withinTime(untilNone(catalog), LATE_MS);
      delays.disable();
      const ms = (nanoseconds: number) => nanoseconds / 1e6;
      return {
        count: left,
        seconds: (performance.now() - began) / 1000,
        facts: { 'loop delay p99 ms': ms(delays.percentile(99)), 'loop delay max ms': ms(delays.max) },
      };
    },
    close: () => node.stop(),
  };
}

async function untilNone(catalog: { readonly size: number }): Promise<void> {
  while (catalog.size > 0) await wait(LOOK_EVERY_MS);
}
