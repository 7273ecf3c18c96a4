import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { startBenchNode } from '../bench-node.js';
import { withinTime } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';

const OBJECTS = 100_000;
const AT_A_TIME = 1_000;
const LOOK_EVERY_MS = 5;
const LATE_MS = 60_000;

/** Many objects that are not called any more: how fast they go, and for how long each part of the sweep keeps others waiting. */
export async function open({ etcd = '' }: DriverConfig): Promise<Driver> {
  const { node, goverse, catalog } = await startBenchNode(etcd);
  let born = 0;
  return {
    measure: async () => {
      for (const end = born + OBJECTS; born < end;)
        await Promise.all(Array.from({ length: AT_A_TIME }, () => goverse.callObject(`Napper-${born++}`, 'Ping', 1)));
      const delays = monitorEventLoopDelay({ resolution: 1 });
      while (catalog.size === OBJECTS) await wait(LOOK_EVERY_MS);
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
