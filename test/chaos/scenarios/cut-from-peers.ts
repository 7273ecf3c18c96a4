import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.js';
import { AROUND_MS, LOST_IN_FLIGHT, SHORT_TTL_SECONDS } from '../scenario.js';

/** Long enough for the heartbeats to find out, shorter than the deadline of the calls that wait for it. */
const SILENCE_MS = 13_000;

/**
 * A node reaches etcd and the gates, but no other node: it keeps its lease and goes on, calls
 * between it and its peers wait for the network, and a plan made meanwhile is carried out.
 */
export const cutFromPeers: Scenario = {
  name: 'cut-from-peers',
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    const { cluster, random } = stage;
    await pause(AROUND_MS);
    const victim = random.pick(cluster.nodes);
    const peers = cluster.nodes.filter((node) => node !== victim);
    const fencedBefore = victim.record.fenced;
    await Promise.all(peers.map((peer) => victim.cutFromPeer(peer)));
    // Takes shards of all of them; it is not cut off from anybody.
    const joining = cluster.addNode();
    await pause(SILENCE_MS);
    await Promise.all(peers.map((peer) => victim.mendPeer(peer)));
    await stage.untilServing([await joining, ...cluster.nodes]);
    await cluster.drain(await joining);
    await pause(AROUND_MS);
    if (victim.record.fenced > fencedBefore) throw new Error(`${victim.address} was fenced, though it reached etcd`);
    return [stage.load.statistics.heldCalls];
  },
};
