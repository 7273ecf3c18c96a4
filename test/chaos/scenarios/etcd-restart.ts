import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LONG_TTL_SECONDS } from '../scenario.js';

const AWAY_MS = 3_000;

/** etcd is away for 3 s, shorter than the default lease, and comes back with its data: nobody notices. */
export const etcdRestart: Scenario = {
  name: 'etcd-restart',
  ttlSeconds: LONG_TTL_SECONDS,
  allowed: [],
  run: async (stage) => {
    await pause(AROUND_MS);
    await stage.cluster.stopEtcd(AWAY_MS);
    await stage.load.visitAll();
    await stage.untilServing([await stage.cluster.addNode()]);
    await pause(AROUND_MS);
    return [stage.load.statistics.heldCalls];
  },
};
