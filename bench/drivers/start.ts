import { GoverseProcess } from '../../test/support/goverse-process.js';
import { spawnServer } from '../server-process.js';
import type { Driver, DriverConfig } from '../sample.js';

/** A node, alone in its cluster, from the start of its process until it is ready. One start is one count, however long a round is. */
export function open({ etcd = '' }: DriverConfig): Promise<Driver> {
  let starts = 0;
  return Promise.resolve({
    measure: async () => {
      const began = performance.now();
      const flags = ['--listen', '127.0.0.1:0', '--etcd', etcd, '--etcd-prefix', `/start-${++starts}`];
      const { child } = await GoverseProcess.ready(spawnServer('bench.node.main', flags));
      const seconds = (performance.now() - began) / 1000;
      await child.stop();
      return { count: 1, seconds, facts: { 'ms until ready': seconds * 1000 } };
    },
    close: () => Promise.resolve(),
  });
}
