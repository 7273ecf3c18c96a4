import { afterEach, describe, expect, it } from 'vitest';
import { EtcdConnection, PrefixWatch } from '../../src/cluster/etcd/index.js';
import { systemClock } from '../../src/core/index.js';
import { etcdStores } from '../support/etcd-stores.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(await etcdStores())('a watch of $name', ({ start }) => {
  it('is opened anew when etcd does not take it, long before the connection is given up', async () => {
    const etcd = await start();
    const proxy = await TcpProxy.start(etcd.endpoint);
    const connection = new EtcdConnection({ endpoints: [proxy.endpoint] }, 2_000, systemClock);
    cleanups.push(
      () => etcd.stop(),
      () => proxy.stop(),
      () => connection.close(),
    );
    const seen = { listings: 0, live: 0, troubles: [] as string[], keys: [] as string[] };
    const watch = new PrefixWatch({
      connection,
      prefix: '/a/',
      identityKey: '/a/store',
      silenceMs: 500,
      clock: systemClock,
      onListing: () => seen.listings++,
      onEvents: (events) =>
        seen.keys.push(...events.map((event) => (event.kind === 'put' ? event.entry.key : event.key))),
      identity: () => undefined,
      onLive: () => seen.live++,
      onTrouble: (message) => seen.troubles.push(message),
    });
    cleanups.push(() => watch.stop());
    // The first connection is that of the list, the second that of the watch.
    proxy.swallowOneAfter(1);
    watch.start();
    await expect.poll(() => seen.live).toBe(1);
    expect(seen.troubles).toEqual(['etcd did not take the watch within 2000 ms']);
    await connection.transact({ when: [], put: [{ key: '/a/1', value: '1' }] });
    await expect.poll(() => seen.keys).toEqual(['/a/1']);
    expect(seen.listings).toBe(1);
  });
});
