import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosNode } from '../chaos-node.js';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LOST_IN_FLIGHT, SHORT_TTL_SECONDS } from '../scenario.js';
import type { Stage } from '../stage.js';

/** All shards are served again within the lease and so much. */
const RECOVERY_MS = 1_000;
const TURN_MS = 200;

/** Kills a node and resolves with the time until every object has answered. A new node takes its address. */
export async function killAndRecover(stage: Stage, victim: ChaosNode): Promise<number> {
  const { cluster, load } = stage;
  const occupied = load.occupyAll(TURN_MS);
  await pause(TURN_MS / 2);
  const killedAt = performance.now();
  await cluster.kill(victim);
  await load.visitAll();
  await occupied;
  const recoveredMs = performance.now() - killedAt;
  await stage.untilServing([await cluster.addNode(victim.address)]);
  return recoveredMs;
}

const crash = (name: string, choose: (stage: Stage) => ChaosNode | Promise<ChaosNode>): Scenario => ({
  name,
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    await pause(AROUND_MS);
    const recoveredMs = await killAndRecover(stage, await choose(stage));
    await pause(AROUND_MS);
    const beyondMs = Math.round(recoveredMs - stage.cluster.ttlSeconds * 1_000);
    if (beyondMs > RECOVERY_MS) throw new Error(`All objects answered only at TTL + ${beyondMs} ms`);
    return [`all objects answered at TTL ${beyondMs < 0 ? '-' : '+'} ${Math.abs(beyondMs)} ms`];
  },
});

/** SIGKILL of a node. */
export const kill = crash('kill', ({ cluster, random }) => random.pick(cluster.nodes));

/** SIGKILL of the node that plans. */
export const killLeader = crash('kill-leader', ({ cluster }) => cluster.leader());
