import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosNode } from '../chaos-node.js';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LOST_IN_FLIGHT, SHORT_TTL_SECONDS } from '../scenario.js';
import type { Stage } from '../stage.js';

/** All shards are served again within the lease and so much. */
const RECOVERY_MS = 1_000;
const TURN_MS = 200;

/** Kills a node and resolves with the time until every object has answered. */
export async function killAndWait({ cluster, load }: Stage, victim: ChaosNode): Promise<number> {
  const occupied = load.occupyAll(TURN_MS);
  await pause(TURN_MS / 2);
  const killedAt = performance.now();
  await cluster.kill(victim);
  await load.visitAll();
  await occupied;
  return performance.now() - killedAt;
}

/** The same; then a new node takes its address. */
export async function killAndReplace(stage: Stage, victim: ChaosNode): Promise<number> {
  const recoveredMs = await killAndWait(stage, victim);
  await stage.untilServing([await stage.cluster.addNode(victim.place)]);
  return recoveredMs;
}

/** The time as the lease and so much; rejects what is beyond the promise. */
export function recovery({ cluster }: Stage, recoveredMs: number): string {
  const beyondMs = Math.round(recoveredMs - cluster.ttlSeconds * 1_000);
  if (beyondMs > RECOVERY_MS) throw new Error(`All objects answered only at TTL + ${beyondMs} ms`);
  return `all objects answered at TTL ${beyondMs < 0 ? '-' : '+'} ${Math.abs(beyondMs)} ms`;
}

/** @param hurt kills and resolves with the time until every object has answered */
const crash = (name: string, hurt: (stage: Stage) => Promise<number>): Scenario => ({
  name,
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    await pause(AROUND_MS);
    const recoveredMs = await hurt(stage);
    await pause(AROUND_MS);
    return [recovery(stage, recoveredMs)];
  },
});

/** SIGKILL of a node. */
export const kill = crash('kill', (stage) => killAndReplace(stage, stage.random.pick(stage.cluster.nodes)));

/** SIGKILL of the node that plans. */
export const killLeader = crash('kill-leader', async (stage) => killAndReplace(stage, await stage.cluster.leader()));

/** SIGKILL of the node that plans as soon as it has planned the moves to a node that joins. */
export const killLeaderInMove = crash('kill-leader-in-move', async (stage) => {
  const { cluster } = stage;
  const [leader, plan] = [await cluster.leader(), await cluster.plan()];
  const [joined, recoveredMs] = await Promise.all([
    cluster.addNode(),
    cluster.planAfter(plan).then(() => killAndWait(stage, leader)),
  ]);
  await stage.untilServing([joined]);
  return recoveredMs;
});
