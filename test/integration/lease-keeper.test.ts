import { afterEach, describe, expect, it } from 'vitest';
import { EtcdConnection } from '../../src/cluster/etcd/index.js';
import type { StreamKind } from '../../src/cluster/etcd/index.js';
import { LeaseKeeper } from '../../src/cluster/lease-keeper.js';
import { systemClock } from '../../src/core/index.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const TTL_SECONDS = 4;
/** Longer than a keepalive is waited for: two beats of an eighth of the lease. */
const STALL_MS = 1_100;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Counts how often silence was blamed on it. */
class BlamedConnection extends EtcdConnection {
  blamed = 0;

  override streamSilent(kind: StreamKind): void {
    this.blamed++;
    super.streamSilent(kind);
  }
}

async function keepLease() {
  const etcd = await startRealEtcd();
  const proxy = await TcpProxy.start(etcd.endpoint);
  const connection = new BlamedConnection({ endpoints: [proxy.endpoint] }, 2_000, systemClock);
  const keeper = await LeaseKeeper.grant({ connection, clock: systemClock }, TTL_SECONDS);
  cleanups.push(
    () => etcd.stop(),
    () => proxy.stop(),
    () => connection.close(),
    () => keeper.stop(),
  );
  await renewed(keeper);
  return { proxy, connection, keeper, endpoint: etcd.endpoint };
}

/** Resolves when a keepalive that is sent from now on was answered. */
async function renewed({ leaseClock }: LeaseKeeper): Promise<void> {
  const best = leaseClock.leftMs();
  const until = performance.now();
  await expect.poll(() => leaseClock.leftMs() - (best - (performance.now() - until))).toBeGreaterThan(50);
}

/** Keeps this process from doing anything else: its timers come late, and what has arrived waits to be read. */
async function standStill(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + STALL_MS;
  while (performance.now() < until);
}

describe.runIf(await realEtcdAvailable())('LeaseKeeper', () => {
  it('does not blame the stream when the process itself stood still', async () => {
    const { connection, keeper } = await keepLease();
    // The first time makes a beat late; the second comes between its keepalive and the answer.
    await standStill();
    await standStill();
    await renewed(keeper);
    expect(keeper.leaseClock.alive()).toBe(true);
    expect(connection.blamed).toBe(0);
  });

  it('gives a stream up that does not answer, and keeps the lease over another one', async () => {
    const { proxy, connection, keeper } = await keepLease();
    proxy.freezeConnections();
    await renewed(keeper);
    expect(keeper.leaseClock.alive()).toBe(true);
    expect(connection.blamed).toBeGreaterThan(0);
  });

  it('ends the lease although the first request to do so gets lost', async () => {
    const { proxy, keeper, endpoint } = await keepLease();
    const other = new EtcdConnection({ endpoints: [endpoint] }, 2_000, systemClock);
    cleanups.push(() => other.close());
    await other.transact({ when: [], put: [{ key: 'mine', value: '1', lease: keeper.leaseId }] });
    proxy.freezeConnections();
    await keeper.revoke();
    expect((await other.read(['mine'])).found.size).toBe(0);
  });
});
