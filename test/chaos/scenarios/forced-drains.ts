import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosNode } from '../chaos-node.js';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LOST_IN_FLIGHT, SHORT_TTL_SECONDS } from '../scenario.js';
import type { Stage } from '../stage.js';
import { recovery } from './crashes.js';

/** Longer than any of these nodes may wait for it. */
const ENDLESS_TURN_MS = 15_000;
/** A second signal that comes sooner counts for the same one. */
const NEXT_SIGNAL_MS = 700;
const DRAIN_TIMEOUT_MS = 1_500;
/** How long a node that need not wait any more may take to end. */
const ENDS_WITHIN_MS = 4_000;

/** A node with a turn that does not end gets SIGTERM, and ends nevertheless; nobody takes the turn's shard before its lease is over. */
const forced = (
  name: string,
  start: (stage: Stage) => ChaosNode | Promise<ChaosNode>,
  force: (node: ChaosNode) => Promise<void>,
  exitCode: number,
): Scenario => ({
  name,
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    const { cluster, load } = stage;
    const before = cluster.nodes.length;
    const victim = await start(stage);
    const occupied = load.occupy(await stage.cellOn(victim), ENDLESS_TURN_MS);
    await pause(AROUND_MS);
    victim.terminate();
    await force(victim);
    const forcedAt = performance.now();
    const code = await cluster.ended(victim);
    const endedAt = performance.now();
    if (code !== exitCode) throw new Error(`The node ended with ${code}, not ${exitCode}:\n${victim.output}`);
    if (endedAt - forcedAt > ENDS_WITHIN_MS) throw new Error(`It ended only ${endedAt - forcedAt} ms after it had to`);
    await load.visitAll();
    const recoveredMs = performance.now() - endedAt;
    await occupied;
    if (cluster.nodes.length < before) await stage.untilServing([await cluster.addNode()]);
    await pause(AROUND_MS);
    return [`ended ${Math.round(endedAt - forcedAt)} ms after it had to`, recovery(stage, recoveredMs)];
  },
});

/** A second SIGTERM. */
export const secondSigterm = forced(
  'second-sigterm',
  ({ cluster, random }) => random.pick(cluster.nodes),
  async (node) => {
    await pause(NEXT_SIGNAL_MS);
    if (!node.running) throw new Error('The node did not wait for its turn');
    node.terminate();
  },
  1,
);

/** The drain lasts longer than it may. */
export const drainTimeout = forced(
  'drain-timeout',
  async (stage) => {
    const node = await stage.cluster.addNode(undefined, { drainTimeoutMs: DRAIN_TIMEOUT_MS });
    await stage.untilServing([node]);
    return node;
  },
  () => pause(DRAIN_TIMEOUT_MS),
  0,
);
