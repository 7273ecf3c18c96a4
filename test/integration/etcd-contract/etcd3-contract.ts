import { once } from 'node:events';
import { Etcd3, EtcdLeaseInvalidError, type IKeyValue, type Watcher } from 'etcd3';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** What the `etcd3` package, the client the cluster uses, makes of the server. */
export function etcd3Contract(endpoint: () => string): void {
  let etcd: Etcd3;
  beforeAll(() => {
    etcd = new Etcd3({ hosts: endpoint() });
  });
  afterAll(() => etcd.close());

  it('puts, gets, lists and deletes', async () => {
    const keys = etcd.namespace('e3/');
    await keys.put('a').value('1');
    await keys.put('b').value('2');
    expect(await keys.get('a').string()).toBe('1');
    expect(await keys.get('none').string()).toBeNull();
    expect(await keys.getAll().strings()).toEqual({ a: '1', b: '2' });
    expect(await keys.getAll().sort('Key', 'Descend').limit(1).keys()).toEqual(['b']);
    expect(await keys.delete().prefix('')).toMatchObject({ deleted: '2' });
  });

  it('commits conditions', async () => {
    const create = (value: string) =>
      etcd.if('e3-if', 'Create', '==', 0).then(etcd.put('e3-if').value(value)).else(etcd.get('e3-if')).commit();
    expect(await create('mine')).toMatchObject({ succeeded: true });
    const second = await create('yours');
    expect(second.succeeded).toBe(false);
    expect(second.responses[0]?.response_range?.kvs[0]?.value.toString()).toBe('mine');
  });

  it('watches with a resume revision, and cancels', async () => {
    const { header } = await etcd.put('e3-watch/a').value('1');
    const watcher = await etcd.watch().prefix('e3-watch/').startRevision(header.revision).create();
    const seen: string[] = [];
    watcher.on('put', (kv) => seen.push(`put ${kv.key.toString()}=${kv.value.toString()}`));
    const deleted = deletion(watcher);
    await etcd.put('e3-watch/b').value('2');
    await etcd.delete().key('e3-watch/b');
    expect((await deleted).key.toString()).toBe('e3-watch/b');
    expect(seen).toEqual(['put e3-watch/a=1', 'put e3-watch/b=2']);
    await watcher.cancel();
  });

  it('is told when a watch starts in the compacted past', async () => {
    const { header } = await etcd.put('e3-compact').value('1');
    await etcd.put('e3-compact').value('2');
    const { header: last } = await etcd.put('e3-compact').value('3');
    await etcd.kv.compact({ revision: last.revision });
    const watcher = await etcd.watch().key('e3-compact').startRevision(header.revision).create();
    const [error] = (await once(watcher, 'error')) as [Error];
    expect(error.message).toContain('Watcher canceled');
  });

  it('keeps a lease alive for longer than its TTL and loses it when it is revoked', async () => {
    const lease = etcd.lease(2);
    await lease.put('e3-lease').value('here');
    const granted = Date.now();
    while (Date.now() - granted < 2_600) await once(lease, 'keepaliveSucceeded');
    expect(await etcd.get('e3-lease').string()).toBe('here');
    const lost = once(lease, 'lost');
    await etcd.leaseClient.leaseRevoke({ ID: await lease.grant() });
    expect(await etcd.get('e3-lease').string()).toBeNull();
    const [error] = (await lost) as [Error];
    expect(error).toBeInstanceOf(EtcdLeaseInvalidError);
  });

  it('deletes the keys of a lease that is no longer renewed', async () => {
    const watcher = await etcd.watch().key('e3-left').create();
    const lease = etcd.lease(2, { autoKeepAlive: false });
    await lease.put('e3-left').value('here');
    expect((await deletion(watcher)).key.toString()).toBe('e3-left');
    await watcher.cancel();
  });

  it('elects one leader, and the next when it resigns', async () => {
    const [first, second] = [etcd.election('e3-election', 5), etcd.election('e3-election', 5)];
    const campaign = first.campaign('one');
    await once(campaign, 'elected');
    const next = second.campaign('two');
    const elected = once(next, 'elected');
    expect(await second.leader()).toBe('one');
    await campaign.resign();
    await elected;
    expect(await first.leader()).toBe('two');
    await next.resign();
  });

  it('locks', async () => {
    const lock = await etcd.lock('e3-lock').acquire();
    await expect(etcd.lock('e3-lock').acquire()).rejects.toThrow('Failed to acquire a lock');
    await lock.release();
    await (await etcd.lock('e3-lock').acquire()).release();
  });
}

function deletion(watcher: Watcher): Promise<IKeyValue> {
  return new Promise((resolve) => watcher.on('delete', (kv) => resolve(kv)));
}
