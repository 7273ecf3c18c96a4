import type { Contender } from './contender.js';
import type { DriverSpec } from './driver-process.js';
import { GoverseCluster } from './goverse-cluster.js';

/** A contender whose node is the driver's own process; etcd is as real as elsewhere. */
export function nodeInDriver(name: string, driver: DriverSpec): Contender {
  return {
    name,
    start: async () => {
      const cluster = await GoverseCluster.start(0, 0);
      return {
        driver: { ...driver, config: { ...driver.config, etcd: cluster.etcd } },
        serving: [],
        stop: () => cluster.stop(),
      };
    },
  };
}
