import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LONG_TTL_SECONDS } from '../scenario.js';
import type { Stage } from '../stage.js';

const planned = (name: string, run: (stage: Stage) => Promise<void>): Scenario => ({
  name,
  ttlSeconds: LONG_TTL_SECONDS,
  allowed: [],
  run: async (stage) => {
    await pause(AROUND_MS);
    await run(stage);
    await pause(AROUND_MS);
    return [stage.load.statistics.heldCalls];
  },
});

/** Nodes come. */
export const join = planned('join', async (stage) => {
  await stage.untilServing([await stage.cluster.addNode()]);
});

/** A node gets SIGTERM. */
export const drain = planned('drain', async ({ cluster, random }) => {
  await cluster.drain(random.pick(cluster.nodes));
});

/** Every node, then every gate, is restarted at its address. */
export const rollingRestart = planned('rolling-restart', async (stage) => {
  const { cluster } = stage;
  for (const node of [...cluster.nodes]) {
    await cluster.drain(node);
    await stage.untilServing([await cluster.addNode(node.place)]);
  }
  for (let gate = 0; gate < cluster.gateCount; gate++) {
    await cluster.restartGate(gate);
    await pause(AROUND_MS);
  }
});
