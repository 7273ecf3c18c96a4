import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.js';
import { LOST_IN_FLIGHT, SHORT_TTL_SECONDS } from '../scenario.js';
import type { Stage } from '../stage.js';
import { killAndReplace } from './crashes.js';

const FEWEST_NODES = 2;
const MOST_NODES = 4;

type Deed = (stage: Stage) => Promise<void>;

const anyNode = ({ cluster, random }: Stage) => random.pick(cluster.nodes);
const someMs = ({ random }: Stage, limit: number) => random.below(limit);

/** What may happen; often again before the cluster has got over the last one. */
const DEEDS: Readonly<Record<string, Deed>> = {
  join: async ({ cluster }) => {
    if (cluster.nodes.length < MOST_NODES) await cluster.addNode();
  },
  drain: async (stage) => {
    if (stage.cluster.nodes.length > FEWEST_NODES) await stage.cluster.drain(anyNode(stage));
  },
  restart: async (stage) => {
    const node = anyNode(stage);
    await stage.cluster.drain(node);
    await stage.cluster.addNode(node.place);
  },
  restartGate: async ({ cluster, random }) => cluster.restartGate(random.below(cluster.gateCount)),
  kill: async (stage) => void (await killAndReplace(stage, anyNode(stage))),
  killWithoutMercy: async (stage) => {
    const node = anyNode(stage);
    await stage.cluster.kill(node);
    await pause(someMs(stage, 2_000));
    await stage.cluster.addNode();
  },
  killLeader: async (stage) => void (await killAndReplace(stage, await stage.cluster.leader())),
  sleep: async (stage) => {
    const node = anyNode(stage);
    node.pause();
    await pause(someMs(stage, 2 * SHORT_TTL_SECONDS * 1_000));
    node.resume();
  },
  sleepWhileJoining: async (stage) => {
    const node = anyNode(stage);
    node.pause();
    const joining = stage.cluster.nodes.length < MOST_NODES ? stage.cluster.addNode() : undefined;
    await pause(someMs(stage, 2 * SHORT_TTL_SECONDS * 1_000));
    node.resume();
    await joining;
  },
  cutFromEtcd: async (stage) => {
    const node = anyNode(stage);
    node.cutFromEtcd();
    await pause(someMs(stage, 3 * SHORT_TTL_SECONDS * 1_000));
    node.mendEtcd();
  },
  sleepingLeader: async (stage) => {
    const node = await stage.cluster.leader();
    node.pause();
    await pause(someMs(stage, 2 * SHORT_TTL_SECONDS * 1_000));
    node.resume();
  },
  cutFromPeers: async (stage) => {
    const node = anyNode(stage);
    const peers = stage.cluster.nodes.filter((other) => other !== node);
    await Promise.all(peers.map((peer) => node.cutFromPeer(peer)));
    await pause(someMs(stage, 2 * SHORT_TTL_SECONDS * 1_000));
    await Promise.all(peers.map((peer) => node.mendPeer(peer)));
  },
  restartEtcd: async (stage) => stage.cluster.stopEtcd(someMs(stage, 2_000)),
};

/** All of it, in an order and at times that the seed decides. */
export const mix = (minutes: number, said: (line: string) => void): Scenario => ({
  name: 'mix',
  ttlSeconds: SHORT_TTL_SECONDS,
  allowed: LOST_IN_FLIGHT,
  run: async (stage) => {
    const until = performance.now() + minutes * 60_000;
    const counts = new Map<string, number>();
    while (performance.now() < until) {
      await pause(500 + someMs(stage, 2_500));
      const name = stage.random.pick(Object.keys(DEEDS));
      said(name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      await DEEDS[name]!(stage);
      stage.judgeOld();
      if (stage.ledger.violations.length > 0) break;
    }
    await stage.load.visitAll();
    await stage.untilServing(stage.cluster.nodes);
    return [[...counts].map(([name, count]) => `${name} ${count}`).join(', ')];
  },
});
