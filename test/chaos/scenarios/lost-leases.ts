import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosNode } from '../chaos-node.js';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LOST_IN_FLIGHT, SHORT_TTL_SECONDS } from '../scenario.js';
import type { Stage } from '../stage.js';

const TURN_MS = 200;

/** A node loses its lease although its process lives: it must fence itself and come back by itself. */
const lostLease = (
  name: string,
  lose: (node: ChaosNode) => void,
  giveBack: (node: ChaosNode) => void,
  choose: (stage: Stage) => ChaosNode | Promise<ChaosNode> = ({ cluster, random }) => random.pick(cluster.nodes),
): Scenario => ({
  name,
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    const { cluster, load } = stage;
    await pause(AROUND_MS);
    const victim = await choose(stage);
    const fencedBefore = victim.record.fenced;
    // Turns that are under way when it happens; every cell gets one.
    const occupied = load.occupyAll(TURN_MS);
    await pause(TURN_MS / 2);
    lose(victim);
    try {
      // Others must have taken over before the node is back, else nothing is proved.
      await pause(cluster.ttlSeconds * 1_000 + 500);
      await load.visitAll();
    } finally {
      giveBack(victim);
    }
    await occupied;
    const backSince = performance.now();
    await stage.untilServing([victim]);
    const backMs = Math.round(performance.now() - backSince);
    await pause(AROUND_MS);
    const fenced = victim.record.fenced - fencedBefore;
    if (fenced === 0) throw new Error(`${victim.address} was to be fenced, and ended no activation as fenced`);
    return [`${fenced} activations fenced`, `back after ${backMs} ms`];
  },
});

/** SIGSTOP beyond the lease, then SIGCONT. */
export const sleep = lostLease(
  'sleep',
  (node) => node.pause(),
  (node) => node.resume(),
);

/** The same for the node that plans: another one plans meanwhile. */
export const sleepingLeader = lostLease(
  'sleeping-leader',
  (node) => node.pause(),
  (node) => node.resume(),
  ({ cluster }) => cluster.leader(),
);

/** A node reaches its peers but not etcd, for longer than the lease. */
export const cutFromEtcd = lostLease(
  'cut-from-etcd',
  (node) => node.cutFromEtcd(),
  (node) => node.mendEtcd(),
);

const outage = (name: string, lose: (stage: Stage) => Promise<void>): Scenario => ({
  name,
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    await pause(AROUND_MS);
    await lose(stage);
    const since = performance.now();
    await stage.load.visitAll();
    const answeredMs = Math.round(performance.now() - since);
    await stage.untilServing(stage.cluster.nodes);
    await pause(AROUND_MS);
    return [`all objects answered ${answeredMs} ms after etcd did`];
  },
});

/** etcd is away for longer than the lease: every node fences itself. */
export const etcdOutage = outage('etcd-outage', ({ cluster }) => cluster.stopEtcd(cluster.ttlSeconds * 1_000 + 1_000));

/** etcd loses all its data. */
export const etcdWipe = outage('etcd-wipe', ({ cluster }) => cluster.stopEtcd(0, { wipe: true }));
