import { afterEach, describe, expect, it } from 'vitest';
import { ClusterState } from '../../src/cluster/cluster-state.js';
import {
  campaignTransaction,
  planTransaction,
  registerTransaction,
  storeTransaction,
} from '../../src/cluster/cluster-transactions.js';
import { EtcdConnection } from '../../src/cluster/etcd/index.js';
import type { Transaction } from '../../src/cluster/etcd/index.js';
import { KeyLayout } from '../../src/cluster/key-layout.js';
import { decideLeadership } from '../../src/cluster/leadership.js';
import { encodeNode } from '../../src/cluster/member-record.js';
import { PROTOCOL } from '../../src/cluster/protocol.js';
import type { Registration } from '../../src/cluster/registration.js';
import { newStore } from '../../src/cluster/store-record.js';
import { DEFAULT_POOL, systemClock, uniqueId } from '../../src/core/index.js';
import { ClusterLab, isBalanced, viewWhere } from '../support/cluster-lab.js';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import { etcdStores } from '../support/etcd-stores.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const SHARDS = 64;

const cleanups: (() => unknown)[] = [];

function later<T>(thing: T, cleanup: (thing: T) => unknown): T {
  cleanups.push(() => cleanup(thing));
  return thing;
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const leads = (line: string) => line.includes('leads the cluster');
const planned = (line: string) => line.includes('planned');

describe.each(await etcdStores())('the leader on $name', ({ start }) => {
  async function lab(): Promise<{ endpoint: string; lab: ClusterLab }> {
    const { endpoint } = later(await start(), (etcd) => etcd.stop());
    const made = new ClusterLab(endpoint, undefined, { shards: SHARDS });
    later(made, async () => {
      await made.stop();
      expect(made.overlaps).toEqual([]);
    });
    return { endpoint, lab: made };
  }

  it('may die between its plan and the claims: the moves are carried out, and another one plans', async () => {
    const { lab: cluster } = await lab();
    const [leader] = await cluster.startNodes(1);
    const [second] = await cluster.startNodes(1);
    await viewWhere(second!.node, (view) => isBalanced(view, 2));
    // Nobody gives anything away while every shard has a turn that runs.
    const ends = [leader!, second!].flatMap(({ host }) =>
      Array.from({ length: SHARDS }, (_, shard) => host.startTurn(shard)),
    );
    const third = cluster.node();
    await third.node.start();
    await viewWhere(second!.node, (view) =>
      Array.from({ length: SHARDS }).some((_, shard) => view.assigneeOf(shard) === third.address),
    );
    expect(leader!.lines.filter(leads)).toHaveLength(1);
    leader!.node.kill();
    ends.forEach((end) => end());
    await viewWhere(second!.node, (view) => isBalanced(view, 2) && view.nodes.size === 2);
    await third.node.whenReady();
    expect([...second!.lines, ...third.lines].filter(leads)).toHaveLength(1);
  });

  it('that was cut off wakes as a follower: what it planned meanwhile changes nothing', async () => {
    const { endpoint, lab: direct } = await lab();
    const proxy = later(await TcpProxy.start(endpoint), (it) => it.stop());
    const old = direct.node({ etcd: [proxy.endpoint] });
    await old.node.start();
    await old.node.whenReady();
    const [second] = await direct.startNodes(1);
    await viewWhere(second!.node, (view) => isBalanced(view, 2));
    await viewWhere(old.node, (view) => isBalanced(view, 2));
    const plansBefore = old.lines.filter(planned).length;
    // It still hears of everything; what it sends is on its way for longer than its lease.
    proxy.holdRequests();
    const [third] = await direct.startNodes(1);
    await viewWhere(third!.node, (view) => view.nodes.size === 2 && isBalanced(view, 2));
    expect([...second!.lines, ...third!.lines].filter(leads)).toHaveLength(1);
    proxy.releaseRequests();
    await viewWhere(old.node, () => old.node.state === 'serving');
    await viewWhere(third!.node, (view) => isBalanced(view, 3));
    expect(old.lines.filter(planned)).toHaveLength(plansBefore);
    expect(old.lines.filter(leads)).toHaveLength(1);
  });

  it('is one of several candidates, and an old one can write nothing, whatever it has seen', async () => {
    const { endpoint } = later(await start(), (etcd) => etcd.stop());
    const keys = new KeyLayout(`/leader-${uniqueId()}`);
    const connection = later(new EtcdConnection({ endpoints: [endpoint] }, 3_000, systemClock), (it) => it.close());
    const raw = later(new EtcdRawClient(endpoint), (client) => client.close());
    const view = async () => new ClusterState(keys, SHARDS).reset(await connection.list(keys.prefix));
    const succeeds = async (transaction: Transaction) => (await connection.transact(transaction)).succeeded;

    await connection.transact(storeTransaction(newStore(SHARDS, 1, 0), undefined, keys));
    const register = async (address: string): Promise<Registration> => {
      const { id: lease } = await connection.grantLease(60);
      const now = await view();
      const own = { address, startId: address, pool: DEFAULT_POOL, types: [], weight: 1, ...PROTOCOL };
      const record = encodeNode({ ...own, state: 'serving' });
      const member = { role: 'node', address, record, lease, hostsTypes: false } as const;
      const { revision } = await connection.transact(registerTransaction(member, now, keys));
      const store = { ...now.parts.store!, value: now.parts.storeEntry!.value };
      return { role: 'node', address, key: keys.node(address), createRevision: revision, lease, store };
    };
    const [a, b] = [await register('a:1'), await register('b:1')];
    const won = await Promise.all([a, b].map((one) => succeeds(campaignTransaction(one, one.address, keys))));
    expect(won.filter(Boolean)).toHaveLength(1);
    const [old, next] = won[0] ? [a, b] : [b, a];

    // The old leader decides, and sleeps before it writes; its lease lives on, its leadership does not.
    const seen = (await view()).pool(DEFAULT_POOL);
    const decision = decideLeadership(seen, { ...old, draining: false, minNodes: 1 });
    if (decision.kind !== 'plan') throw new Error('A leader without a plan');
    const write = planTransaction(decision.plan, seen, old, keys);
    await raw.call('KV', 'DeleteRange', { key: Buffer.from(keys.leader) });
    expect(await succeeds(campaignTransaction(next, next.address, keys))).toBe(true);
    expect(await succeeds(campaignTransaction(old, old.address, keys))).toBe(false);
    expect(await succeeds(write)).toBe(false);
    // It is the compare of the leadership that refuses it.
    const careless = { ...write, when: write.when.filter(({ key }) => key !== keys.leader) };
    expect(await succeeds(careless)).toBe(true);
    // Nor does it write over a plan it has not seen.
    const [leader] = [(await view()).pool(DEFAULT_POOL)];
    expect(await succeeds(planTransaction(decision.plan, seen, next, keys))).toBe(false);
    expect(await succeeds(planTransaction(decision.plan, leader!, next, keys))).toBe(true);
  });
});
