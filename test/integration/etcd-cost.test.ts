import { afterEach, describe, expect, it } from 'vitest';
import { GoverseObject, GoverseService, Method } from '../../src/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { etcdRequests, requestsBetween } from '../support/etcd-requests.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';

const [OBJECTS, ROUNDS] = [500, 4];
/** Each process looks past its watch once in a lease time: longer than the test takes. */
const TTL_SECONDS = 120;
/** A keepalive each, at most. */
const PER_SECOND = 1;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

@GoverseObject()
class Counted {
  constructor(private readonly goverse: GoverseService) {}

  @Method()
  one(): number {
    return 1;
  }

  @Method()
  async ask(id: string): Promise<number> {
    return (await this.goverse.callObject<number>(id, 'one')) + 1;
  }
}

describe.runIf(await realEtcdAvailable())('calls', () => {
  it('cost etcd nothing: thousands of objects are created and called, from clients and from each other', async () => {
    const etcd = await startRealEtcd();
    cleanups.push(() => etcd.stop());
    const lease = { leaseTtlSeconds: TTL_SECONDS };
    const options = { nodes: 2, gates: 1, providers: [Counted], etcd: [etcd.endpoint], node: lease, gate: lease };
    const cluster = await TestCluster.start(options);
    cleanups.push(() => cluster.stop());
    const client = await cluster.connect();
    const calls = (round: number) =>
      Array.from({ length: OBJECTS }, (_, n) =>
        client.callObject<number>(`Counted-${n}`, 'ask', `Counted-${round}-${n}`, { timeoutMs: 60_000 }),
      );
    // A watch and a stream of keepalives for each process.
    await expect.poll(async () => (await etcdRequests(etcd.endpoint)).streams).toBe(3 * 2);
    const since = performance.now();
    const before = await etcdRequests(etcd.endpoint);
    expect(before.requests).toBeGreaterThan(0);
    for (let round = 0; round < ROUNDS; round++) expect(new Set(await Promise.all(calls(round)))).toEqual(new Set([2]));
    const cost = requestsBetween(before, await etcdRequests(etcd.endpoint));
    const seconds = (performance.now() - since) / 1_000;
    expect(cost).toMatchObject({ requests: 0, streams: 0 });
    expect(cost.keepalives).toBeLessThanOrEqual(3 * (seconds * PER_SECOND + 1));
  });
});
