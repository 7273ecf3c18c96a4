import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedEtcd } from '../../src/cluster/index.js';
import type { ClusterView } from '../../src/cluster/index.js';
import { ClusterLab, countsOf, isBalanced, viewWhere } from '../support/cluster-lab.js';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import type { EtcdStore } from '../support/etcd-stores.js';
import { etcdStores } from '../support/etcd-stores.js';

describe.each(await etcdStores())('membership on $name', ({ start }) => {
  let store: EtcdStore;
  let lab: ClusterLab;

  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store.stop());

  beforeEach(() => {
    lab = new ClusterLab(store.endpoint);
  });
  afterEach(async () => {
    await lab.stop();
    expect(lab.overlaps).toEqual([]);
  });

  it('makes one node own every shard', async () => {
    const [only] = await lab.startNodes(1, { shards: 8192 });
    expect(countsOf(only!.node.view)).toEqual(new Map([[only!.address, 8192]]));
    expect(only!.host.active.size).toBe(8192);
    expect(only!.node.readiness()).toEqual({ ready: true });
  });

  it.each([2, 3])('balances %i nodes that start together', async (count) => {
    const nodes = await lab.startNodes(count, { shards: 8192 });
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, count));
  });

  it('moves only the share of a node that joins', async () => {
    const [first, second] = await lab.startNodes(2);
    const before = await viewWhere(first!.node, (view) => isBalanced(view, 2));
    const owners = Array.from({ length: 256 }, (_, shard) => before.ownerOf(shard));
    const [third] = await lab.startNodes(1);
    const after = await viewWhere(third!.node, (view) => isBalanced(view, 3));
    const moved = owners.filter((owner, shard) => after.ownerOf(shard) !== owner).length;
    expect(moved).toBe(countsOf(after).get(third!.address));
    expect(second!.host.released.length + first!.host.released.length).toBeGreaterThanOrEqual(moved);
  });

  it('hands everything over when a node drains, and nothing is lost when it stops', async () => {
    const [first, second, third] = await lab.startNodes(3);
    await viewWhere(second!.node, (view) => isBalanced(view, 3));
    await first!.node.drain();
    expect(first!.node.readiness()).toEqual({ ready: false, reason: 'draining' });
    expect(first!.host.active.size).toBe(0);
    await first!.node.stop();
    const view = await viewWhere(second!.node, (next) => isBalanced(next, 2) && next.nodes.size === 2);
    expect([...view.nodes.keys()].sort()).toEqual([second!.address, third!.address].sort());
    expect(first!.node.state).toBe('stopped');
  });

  it('drains the only node at once: there is nobody to take over', async () => {
    const [only] = await lab.startNodes(1);
    await only!.node.drain();
    expect(only!.host.active.size).toBe(0);
    expect(only!.host.released.length).toBe(256);
  });

  it('keeps a shard claimed until its last turn has ended', async () => {
    const [first] = await lab.startNodes(1);
    const endTurn = first!.host.startTurn(7);
    const [second] = await lab.startNodes(1, { minNodes: 1, weight: 0 });
    const drained = first!.node.drain();
    // Nobody can take over from a node whose only companion wants no shards: it releases locally.
    await viewWhere(first!.node, () => first!.node.releasing(7));
    expect(first!.node.holds(7)).toBe(false);
    expect(second!.node.view.ownerOf(7)).toBe(first!.address);
    endTurn();
    await drained;
    expect(first!.host.active.size).toBe(0);
  });

  it('hands every other shard over while a turn runs on one', async () => {
    const [first] = await lab.startNodes(2);
    await viewWhere(first!.node, (view) => isBalanced(view, 2));
    const busy = Array.from({ length: 256 }, (_, shard) => shard).find((shard) => first!.node.holds(shard))!;
    const endTurn = first!.host.startTurn(busy);
    const drained = first!.node.drain();
    const kept = (view: ClusterView) => countsOf(view).get(first!.address);
    const view = await viewWhere(first!.node, (seen) => kept(seen) === 1);
    expect(view.ownerOf(busy)).toBe(first!.address);
    endTurn();
    await drained;
  });

  it('takes the shards of a killed node over when its lease has run out', async () => {
    const [first, second] = await lab.startNodes(2);
    await viewWhere(first!.node, (view) => isBalanced(view, 2));
    second!.node.kill();
    await viewWhere(first!.node, (view) => isBalanced(view, 1));
    await viewWhere(first!.node, () => first!.host.active.size === 256);
  });

  it('elects another leader when the leader is killed', async () => {
    const [first] = await lab.startNodes(1);
    const [second, third] = await lab.startNodes(2);
    await viewWhere(second!.node, (view) => isBalanced(view, 3));
    first!.node.kill();
    await viewWhere(second!.node, (view) => isBalanced(view, 2));
    const leads = [...second!.lines, ...third!.lines].filter((line) => line.includes('leads the cluster'));
    expect(leads).toHaveLength(1);
  });

  it('gives a node that bounced what it had, and moves no shard of another node', async () => {
    // The one that bounces has had every shard: those the others got from it are theirs all the same.
    const [bounced] = await lab.startNodes(1);
    const others = await lab.startNodes(2);
    const before = await viewWhere(others[0]!.node, (view) => isBalanced(view, 3));
    const owners = Array.from({ length: 256 }, (_, shard) => before.ownerOf(shard));
    bounced!.node.kill();
    await viewWhere(others[0]!.node, (view) => isBalanced(view, 2));
    for (const { host } of others) host.released.length = 0;
    const [again] = await lab.startNodes(1, { address: bounced!.address });
    await viewWhere(again!.node, (view) => isBalanced(view, 3));
    const released = others.flatMap(({ host }) => host.released);
    expect(released.filter((shard) => owners[shard] !== bounced!.address)).toEqual([]);
    expect(released.length).toBe(countsOf(again!.node.view).get(bounced!.address));
  });

  it('refuses a second node with the same address and names the holder', async () => {
    const [first] = await lab.startNodes(1, { startId: 'the-first' });
    const rival = lab.node({ address: first!.address, startId: 'the-second' });
    await expect(rival.node.start()).rejects.toMatchObject({
      reason: 'ADDRESS_IN_USE',
      message: expect.stringContaining('the-first'),
    });
    await expect(rival.node.whenReady()).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' });
    expect(first!.node.readiness()).toEqual({ ready: true });
  });

  it('waits for the lease of a crashed process with the same address', async () => {
    const [first] = await lab.startNodes(1);
    first!.node.kill();
    const [again] = await lab.startNodes(1, { address: first!.address });
    expect(again!.host.active.size).toBe(256);
  });

  it('refuses to start with another number of shards and names both', async () => {
    await lab.startNodes(1);
    const odd = lab.node({ shards: 128 });
    await expect(odd.node.start()).rejects.toMatchObject({
      reason: 'SHARDS_MISMATCH',
      message: expect.stringMatching(/256 shards.*128/),
    });
    expect(odd.lines.filter((line) => line.includes('cannot read'))).toEqual([]);
  });

  it('refuses to start on a layout of etcd that another version has made, and names both', async () => {
    const raw = new EtcdRawClient(store.endpoint);
    const other = JSON.stringify({ id: 'other', generation: 1, shards: 256, layout: 2 });
    await raw.call('KV', 'Put', { key: Buffer.from(`${lab.prefix}/store`), value: Buffer.from(other) });
    raw.close();
    const [node, gate] = [lab.node(), lab.gate()];
    const refusal = { reason: 'LAYOUT_MISMATCH', message: expect.stringMatching(/version 2 .*version 1/) };
    await Promise.all([node.node, gate].map((process) => expect(process.start()).rejects.toMatchObject(refusal)));
  });

  it('refuses a node and a gate that speak another protocol, and says who speaks which', async () => {
    const [first] = await lab.startNodes(1);
    const protocol = { protocol: 3, oldestProtocol: 2 };
    const refusal = {
      reason: 'PROTOCOL_MISMATCH',
      message: expect.stringMatching(new RegExp(`version 3 \\(and down to 2\\).*${first!.address} version 1`)),
    };
    const [node, gate] = [lab.node({ protocol }), lab.gate({ protocol })];
    await Promise.all([node.node, gate].map((odd) => expect(odd.start()).rejects.toMatchObject(refusal)));
    await expect(node.node.whenReady()).rejects.toMatchObject({ reason: 'PROTOCOL_MISMATCH' });
    expect(first!.node.readiness()).toEqual({ ready: true });
    expect(first!.node.view.nodes.size).toBe(1);
  });

  it('takes nodes of a newer protocol that still understand the older one, and the other way round', async () => {
    const [old] = await lab.startNodes(1);
    const [newer] = await lab.startNodes(1, { protocol: { protocol: 2, oldestProtocol: 1 } });
    await viewWhere(newer!.node, (view) => isBalanced(view, 2));
    await old!.node.drain();
    await old!.node.stop();
    const [oldAgain] = await lab.startNodes(1);
    await viewWhere(oldAgain!.node, (view) => isBalanced(view, 2));
  });

  it('lets only one of two protocols in that do not understand each other and come at once', async () => {
    const rivals = [lab.node(), lab.node({ protocol: { protocol: 2, oldestProtocol: 2 } })];
    const outcomes = await Promise.allSettled(rivals.map(({ node }) => node.start()));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = rivals[outcomes.findIndex(({ status }) => status === 'fulfilled')]!;
    await viewWhere(winner.node, (view) => view.nodes.size === 1 && isBalanced(view, 1));
  });

  it('waits for the quorum before anything is planned', async () => {
    const first = lab.node({ minNodes: 2 });
    await first.node.start();
    await viewWhere(first.node, (view) => view.nodes.size === 1);
    expect(first.node.readiness()).toEqual({ ready: false, reason: 'waiting for 1 more node' });
    const [second] = await lab.startNodes(1, { minNodes: 2 });
    await first.node.whenReady();
    await viewWhere(second!.node, (view) => isBalanced(view, 2));
  });

  it('gives shards by weight', async () => {
    const [light] = await lab.startNodes(1, { weight: 1 });
    const [heavy] = await lab.startNodes(1, { weight: 3 });
    await viewWhere(
      light!.node,
      (view) => countsOf(view).get(heavy!.address) === 192 && countsOf(view).get(light!.address) === 64,
    );
  });

  it('shows a gate every node, and nodes every gate', async () => {
    const nodes = await lab.startNodes(2);
    const gate = lab.gate();
    await gate.start();
    await gate.whenReady();
    const view = await viewWhere(gate, (next) => isBalanced(next, 2));
    expect([...view.nodes.keys()].sort()).toEqual(nodes.map(({ address }) => address).sort());
    expect(view.nodes.get(nodes[0]!.address)).toMatchObject({ types: ['Room'], state: 'serving', weight: 1 });
    await viewWhere(nodes[0]!.node, (next) => next.gates.size === 1);
    await gate.stop();
    await viewWhere(nodes[0]!.node, (next) => next.gates.size === 0);
  });

  it('writes to etcd as often for 8192 shards as for 1024', async () => {
    const writes = async (shards: number): Promise<number> => {
      const small = new ClusterLab(store.endpoint, undefined, { shards });
      const [first] = await small.startNodes(1);
      const begin = first!.node.view.revision;
      await small.startNodes(1);
      const view = await viewWhere(first!.node, (next) => isBalanced(next, 2));
      await small.stop();
      return view.revision - begin;
    };
    const few = await writes(1024);
    expect(await writes(8192)).toBeLessThan(few * 2);
  });

  it('gives shards a greater epoch at every move', async () => {
    const [first] = await lab.startNodes(1);
    const before = first!.node.epochOf(0)!;
    const [second] = await lab.startNodes(1);
    await first!.node.drain();
    const after = second!.node.epochOf(0)!;
    expect(after.generation).toBe(before.generation);
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(first!.node.epochOf(0)).toBeUndefined();
  });
});

describe('what is left behind', () => {
  const openThings = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'Timeout').length;

  it('keeps no socket and no timer after stop and after kill, so that the process can end', async () => {
    const etcd = await EmbeddedEtcd.start({ listen: '127.0.0.1:0' });
    const lab = new ClusterLab(etcd.address);
    const [first, second] = await lab.startNodes(2);
    const gate = lab.gate();
    await gate.start();
    expect(openThings()).toBeGreaterThan(0);
    second!.node.kill();
    gate.kill();
    await first!.node.stop();
    await lab.stop();
    await etcd.stop();
    // Not with `expect.poll`, which has a timer of its own.
    while (openThings() > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
