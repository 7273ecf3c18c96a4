import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EtcdConnection } from '../../src/cluster/etcd/index.js';
import { systemClock } from '../../src/core/index.js';
import { ClusterLab, isBalanced, viewWhere } from '../support/cluster-lab.js';
import { freePort } from '../support/free-port.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const TTL_SECONDS = 2;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<string> {
  const etcd = await startRealEtcd();
  cleanups.push(() => etcd.stop());
  return etcd.endpoint;
}

async function proxyTo(endpoint: string): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(endpoint);
  cleanups.push(() => proxy.stop());
  return proxy;
}

function labOn(...endpoints: string[]): ClusterLab {
  const lab = new ClusterLab(endpoints[0]!, undefined, { etcd: endpoints, leaseTtlSeconds: TTL_SECONDS });
  cleanups.push(async () => {
    await lab.stop();
    expect(lab.overlaps).toEqual([]);
  });
  return lab;
}

/** So long that no lease lives on without keepalives. */
const pastTheLease = () => new Promise((resolve) => setTimeout(resolve, TTL_SECONDS * 1_500));

describe.runIf(await realEtcdAvailable())('several endpoints of etcd', () => {
  it('may be named though nobody listens at one of them: nodes start and share', async () => {
    const lab = labOn(`127.0.0.1:${await freePort()}`, await start());
    const nodes = await lab.startNodes(3);
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, 3));
    expect(nodes.map(({ host }) => host.fences)).toEqual([0, 0, 0]);
  });

  it.each<[string, (proxy: TcpProxy) => unknown]>([
    ['dies', (proxy) => proxy.stop()],
    ['loses its connections without a word', (proxy) => proxy.freezeConnections()],
  ])('keep a cluster going when one of them %s', async (_, fail) => {
    const endpoint = await start();
    const [first, second] = [await proxyTo(endpoint), await proxyTo(endpoint)];
    const lab = labOn(first.endpoint, second.endpoint);
    const nodes = await lab.startNodes(2);
    await fail(first);
    await pastTheLease();
    await lab.startNodes(1);
    await viewWhere(nodes[0]!.node, (view) => isBalanced(view, 3));
    expect(nodes.map(({ host }) => host.fences)).toEqual([0, 0]);
  });

  it('are asked for what they can: one that accepts connections and says nothing costs one request', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanups.push(() => silent.close());
    const dead = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const connection = new EtcdConnection({ endpoints: [dead, await start()] }, 500, systemClock);
    cleanups.push(() => connection.close());
    const failures: unknown[] = [];
    for (let n = 0; n < 40; n++) await connection.read(['a']).catch((error: unknown) => failures.push(error));
    expect(failures.length).toBeLessThan(2);
  });
});
