import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedEtcd } from '../../src/cluster/index.js';
import { ClusterLab, countsOf, isBalanced, viewWhere } from '../support/cluster-lab.js';
import type { LabNode } from '../support/cluster-lab.js';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import { etcdStores } from '../support/etcd-stores.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

type Cleanup = () => unknown;

const cleanups: Cleanup[] = [];

function later<T>(thing: T, cleanup: (thing: T) => unknown): T {
  cleanups.push(() => cleanup(thing));
  return thing;
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function embedded(listen = '127.0.0.1:0'): Promise<EmbeddedEtcd> {
  return later(await EmbeddedEtcd.start({ listen }), (etcd) => etcd.stop());
}

function labOn(endpoint: string, prefix?: string): ClusterLab {
  return later(new ClusterLab(endpoint, prefix), async (lab) => {
    await lab.stop();
    expect(lab.overlaps).toEqual([]);
  });
}

function readinessWhere({ node }: LabNode, wanted: (reason: string | undefined) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!wanted(node.readiness().reason)) return;
      stop();
      resolve();
    };
    const stop = node.onReadiness(look);
    look();
  });
}

const isFenced = (reason: string | undefined): boolean => reason?.startsWith('fenced') ?? false;
const isReady = (reason: string | undefined): boolean => reason === undefined;

describe.each(await etcdStores())('a node whose place in $name is gone', ({ start }) => {
  it('fences at once when its registration is deleted, and joins again when its old turns have ended', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const lab = labOn(etcd.endpoint);
    const [only] = await lab.startNodes(1);
    const before = only!.node.epochOf(3)!;
    const endTurn = only!.host.startTurn(3);
    const raw = later(new EtcdRawClient(etcd.endpoint), (client) => client.close());
    await raw.call('KV', 'DeleteRange', { key: Buffer.from(`${lab.prefix}/nodes/${only!.address}`) });
    await readinessWhere(only!, isFenced);
    expect(only!.node.alive()).toBe(false);
    expect(only!.node.holds(3)).toBe(false);
    expect(only!.host.fences).toBe(1);
    // The lease it gave up runs out, its turn still runs: no way back yet.
    await viewWhere(only!.node, (view) => countsOf(view).size === 0);
    expect(only!.node.state).toBe('fenced');
    endTurn();
    await readinessWhere(only!, isReady);
    expect(only!.node.epochOf(3)!.revision).toBeGreaterThan(before.revision);
    expect(only!.lines.join('\n')).toMatch(/fenced itself.*\n(.*\n)*.*joined again/);
  });

  it('fences when its claims are deleted', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const lab = labOn(etcd.endpoint);
    const [only] = await lab.startNodes(1);
    const raw = later(new EtcdRawClient(etcd.endpoint), (client) => client.close());
    await raw.call('KV', 'DeleteRange', { key: Buffer.from(`${lab.prefix}/claims/${only!.address}`) });
    await readinessWhere(only!, isFenced);
    await readinessWhere(only!, isReady);
    expect(only!.host.fences).toBe(1);
  });

  it('fences when etcd was wiped, waits for one lease time, and joins the new store with a greater generation', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const lab = labOn(etcd.endpoint);
    const nodes = await lab.startNodes(2);
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, 2));
    const before = nodes[0]!.node.view.store;
    const generation = nodes.map(
      ({ node }) => Array.from({ length: 256 }, (_, s) => node.epochOf(s)).find(Boolean)!.generation,
    );
    await etcd.wipe();
    await Promise.all(nodes.map((node) => readinessWhere(node, isFenced)));
    const begin = performance.now();
    await Promise.all(nodes.map((node) => readinessWhere(node, isReady)));
    expect(performance.now() - begin).toBeGreaterThan(1_500);
    const view = await viewWhere(nodes[0]!.node, (next) => isBalanced(next, 2));
    expect(view.store).not.toBe(before);
    const after = Array.from({ length: 256 }, (_, s) => nodes[0]!.node.epochOf(s)).find(Boolean)!;
    expect(after.generation).toBeGreaterThan(generation[0]!);
  });
});

describe.each(await etcdStores())('a node whose connection to $name breaks', ({ start }) => {
  it('keeps its lease and its view over a half-open connection', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const proxy = later(await TcpProxy.start(etcd.endpoint), (it) => it.stop());
    const direct = labOn(etcd.endpoint);
    const proxied = labOn(proxy.endpoint, direct.prefix);
    const behind = proxied.node({ address: '127.0.0.1:46001' });
    await behind.node.start();
    await behind.node.whenReady();
    proxy.freezeConnections();
    const [other] = await direct.startNodes(1);
    await viewWhere(behind.node, (view) => view.nodes.has(other!.address) && isBalanced(view, 2));
    expect(behind.host.fences).toBe(0);
  });

  it('lists anew when the revisions to resume from are compacted', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const proxy = later(await TcpProxy.start(etcd.endpoint), (it) => it.stop());
    const direct = labOn(etcd.endpoint);
    const gate = later(direct.gate(), () => {});
    await direct.startNodes(1);
    const proxied = labOn(proxy.endpoint, direct.prefix);
    const observer = proxied.gate({ address: '127.0.0.1:46002', leaseTtlSeconds: 10 });
    await observer.start();
    proxy.cut();
    await gate.start();
    const raw = later(new EtcdRawClient(etcd.endpoint), (client) => client.close());
    const { header } = (await raw.call('KV', 'Range', { key: Buffer.from('x') })) as { header: { revision: string } };
    await raw.call('KV', 'Compact', { revision: header.revision });
    proxy.mend();
    await viewWhere(observer, (view) => view.gates.size === 2);
  });

  it('survives killed connections within the lease without fencing', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const proxy = later(await TcpProxy.start(etcd.endpoint), (it) => it.stop());
    const direct = labOn(etcd.endpoint);
    const proxied = labOn(proxy.endpoint, direct.prefix);
    const behind = proxied.node({ address: '127.0.0.1:46003', leaseTtlSeconds: 10 });
    await behind.node.start();
    await behind.node.whenReady();
    proxy.cut();
    const [other] = await direct.startNodes(1, { minNodes: 1, weight: 0 });
    expect(behind.node.view.nodes.has(other!.address)).toBe(false);
    proxy.mend();
    await viewWhere(behind.node, (view) => view.nodes.has(other!.address));
    expect(behind.host.fences).toBe(0);
    expect(behind.node.alive()).toBe(true);
  });

  it('replaces a watch that has stopped delivering, while the lease is kept as before', async () => {
    const etcd = later(await start(), (store) => store.stop());
    const proxy = later(await TcpProxy.start(etcd.endpoint), (it) => it.stop());
    const direct = labOn(etcd.endpoint);
    const proxied = labOn(proxy.endpoint, direct.prefix);
    const behind = proxied.node({ address: '127.0.0.1:46004' });
    await behind.node.start();
    await behind.node.whenReady();
    const raw = later(new EtcdRawClient(etcd.endpoint), (client) => client.close());
    // The only connection on which something as long as this comes is that of the watch.
    proxy.mark();
    const { revision } = behind.node.view;
    await raw.call('KV', 'Put', { key: Buffer.from(`${direct.prefix}/noise`), value: Buffer.alloc(100_000) });
    await viewWhere(behind.node, (view) => view.revision > revision);
    expect(proxy.freezeThoseThatGot(100_000)).toBe(1);
    const [other] = await direct.startNodes(1);
    await viewWhere(behind.node, (view) => view.nodes.has(other!.address) && isBalanced(view, 2));
    expect(behind.host.fences).toBe(0);
  });
});

describe('a node without etcd', () => {
  it('says where it looks for etcd and what to do, and starts when etcd comes up', async () => {
    const probe = await EmbeddedEtcd.start({ listen: '127.0.0.1:0' });
    const { address } = probe;
    await probe.stop();
    const lab = labOn(address);
    const late = lab.node();
    const started = late.node.start();
    await readinessWhere(late, (reason) => reason === `joining: etcd at ${address} cannot be reached`);
    expect(late.lines[0]).toContain(address);
    expect(late.lines[0]).toContain('--etcd embedded');
    await embedded(address);
    await started;
    await late.node.whenReady();
  });

  it('stops while etcd is away', async () => {
    const lab = labOn('127.0.0.1:1');
    const { node } = lab.node();
    const started = node.start();
    const outcome = expect(started).rejects.toMatchObject({ reason: 'NOT_READY' });
    await node.stop();
    await outcome;
    await expect(node.whenReady()).rejects.toMatchObject({ reason: 'NOT_READY' });
  });
});

describe.runIf(await realEtcdAvailable())('with a real etcd', () => {
  it('survives a crash and restart of etcd within the lease without fencing', async () => {
    const etcd = later(await startRealEtcd(), (it) => it.stop());
    const lab = labOn(etcd.endpoint);
    const nodes = await lab.startNodes(2, { leaseTtlSeconds: 10 });
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, 2));
    await etcd.restart('SIGKILL');
    await lab.startNodes(1, { leaseTtlSeconds: 10 });
    for (const { node } of nodes) await viewWhere(node, (view) => isBalanced(view, 3));
    expect(nodes.map(({ host }) => host.fences)).toEqual([0, 0]);
  });

  it('fences every node while etcd stands still for longer than the lease, and recovers by itself', async () => {
    const etcd = later(await startRealEtcd(), (it) => it.stop());
    const lab = labOn(etcd.endpoint);
    const nodes = await lab.startNodes(2);
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, 2));
    process.kill(etcd.pid, 'SIGSTOP');
    await Promise.all(nodes.map((node) => readinessWhere(node, isFenced)));
    process.kill(etcd.pid, 'SIGCONT');
    await Promise.all(nodes.map((node) => readinessWhere(node, isReady)));
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, 2));
  });
});
