import { expect, it } from 'vitest';
import { keysOf, plain, refusal, revisionOf, type ContractApi, type Plain } from './contract-api.js';
import { eventText } from './watch-probe.js';

const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;
const OUT_OF_RANGE = 11;
const UNKNOWN_LEASE = { code: NOT_FOUND, details: 'etcdserver: requested lease not found' };

export function leaseContract(api: () => ContractApi): void {
  it('grants leases with chosen and own ids without using up a revision', async () => {
    const start = await api().revision();
    const header = { revision: String(start) };
    expect(await api().lease('Grant', { TTL: 100, ID: 1001 })).toEqual({ header, ID: '1001', TTL: '100', error: '' });
    expect(await api().lease('Grant', { TTL: 100, ID: '-1001' })).toMatchObject({ ID: '-1001' });
    const own = await api().lease('Grant', { TTL: 100 });
    expect(BigInt(own['ID'] as string)).toBeGreaterThan(0n);
    expect(await api().lease('Grant', { TTL: 0 })).toMatchObject({ header, TTL: '2' });
  });

  it('refuses an id that is taken and a TTL that is too large', async () => {
    await api().lease('Grant', { TTL: 100, ID: 1002 });
    expect(await refusal(api().lease('Grant', { TTL: 50, ID: 1002 }))).toEqual({
      code: FAILED_PRECONDITION,
      details: 'etcdserver: lease already exists',
    });
    expect(await refusal(api().lease('Grant', { TTL: '9000000001', ID: 1003 }))).toEqual({
      code: OUT_OF_RANGE,
      details: 'etcdserver: too large lease TTL',
    });
  });

  it('tells time to live and keys', async () => {
    await api().lease('Grant', { TTL: 100, ID: 1004 });
    await api().put('ttl/b', '', { lease: '1004' });
    await api().put('ttl/a', '', { lease: '1004' });
    const { header, ...life } = await api().lease('TimeToLive', { ID: 1004, keys: true });
    (life['keys'] as string[]).sort();
    expect(header).toEqual({ revision: String(await api().revision()) });
    expect(life).toEqual({
      ID: '1004',
      TTL: expect.stringMatching(/^(99|100)$/),
      grantedTTL: '100',
      keys: ['ttl/a', 'ttl/b'],
    });
    expect(await api().lease('TimeToLive', { ID: 1004 })).toMatchObject({ keys: [] });
    expect(await api().lease('TimeToLive', { ID: 424242, keys: true })).toMatchObject({
      TTL: '-1',
      grantedTTL: '0',
      keys: [],
    });
  });

  it('attaches a key to the lease of its last put only', async () => {
    await api().lease('Grant', { TTL: 100, ID: 1005 });
    await api().lease('Grant', { TTL: 100, ID: 1006 });
    await api().put('move', '1', { lease: '1005' });
    await api().put('move', '2', { lease: '1006' });
    await api().put('loose', '1', { lease: '1005' });
    await api().put('loose', '2');
    await api().lease('Revoke', { ID: 1005 });
    expect(keysOf(await api().range('move'))).toEqual(['move']);
    expect(keysOf(await api().range('loose'))).toEqual(['loose']);
    await api().lease('Revoke', { ID: 1006 });
    expect(keysOf(await api().range('move'))).toEqual([]);
  });

  it('revokes a lease and deletes its keys in one revision', async () => {
    const probe = api().watch();
    await api().lease('Grant', { TTL: 100, ID: 1007 });
    for (const key of ['revoke/b', 'revoke/a', 'revoke/c']) await api().put(key, '', { lease: '1007' });
    await probe.created({ key: 'revoke/', range_end: 'revoke0' });
    const start = await api().revision();
    const header = { revision: String(start + 1) };
    expect(await api().lease('Revoke', { ID: 1007 })).toEqual({ header });
    const answer = await probe.next();
    expect((answer['events'] as Plain[]).map(eventText)).toEqual(
      ['revoke/a', 'revoke/b', 'revoke/c'].map((key) => `delete ${key}@${start + 1}`),
    );
    expect(await refusal(api().lease('Revoke', { ID: 1007 }))).toEqual(UNKNOWN_LEASE);
    probe.close();
  });

  it('refuses writes under a lease that is not there', async () => {
    expect(await refusal(api().put('orphan', '', { lease: '424242' }))).toEqual(UNKNOWN_LEASE);
    expect(keysOf(await api().range('orphan'))).toEqual([]);
  });

  it('lists the leases', async () => {
    await api().lease('Grant', { TTL: 5000, ID: 1009 });
    await api().lease('Grant', { TTL: 4000, ID: 1008 });
    const { leases } = await api().lease('Leases', {});
    const mine = (leases as { ID: string }[]).map((lease) => lease.ID).filter((id) => id === '1008' || id === '1009');
    expect(mine).toEqual(['1008', '1009']);
  });

  it('answers keepalives in order, with TTL 0 for a lease that is not there, until the client ends the stream', async () => {
    await api().lease('Grant', { TTL: 60, ID: 1010 });
    const stream = api().raw.stream('Lease', 'LeaseKeepAlive');
    const answers: unknown[] = [];
    stream.on('data', (answer) => answers.push(plain(answer)));
    const ended = new Promise((resolve) => stream.on('status', resolve));
    for (const ID of ['1010', '424242', '1010']) stream.write({ ID });
    stream.end();
    expect(await ended).toMatchObject({ code: 0 });
    const header = { revision: String(await api().revision()) };
    expect(answers).toEqual([
      { header, ID: '1010', TTL: '60' },
      { header, ID: '424242', TTL: '0' },
      { header, ID: '1010', TTL: '60' },
    ]);
  });

  it('ends a lease nobody renews, deletes its keys in one revision and tells watchers', async () => {
    const probe = api().watch();
    await probe.created({ key: 'expire/', range_end: 'expire0', prev_kv: true });
    const granted = Date.now();
    await api().lease('Grant', { TTL: 2, ID: 1011 });
    const first = revisionOf(await api().put('expire/b', '1', { lease: '1011' }));
    await api().put('expire/a', '1', { lease: '1011' });
    await probe.events(2);
    const answer = await probe.next();
    expect(Date.now() - granted).toBeGreaterThanOrEqual(1_900);
    expect(answer['header']).toEqual({ revision: String(first + 2) });
    const events = answer['events'] as Plain[];
    expect(events.map(eventText)).toEqual([`delete expire/a@${first + 2}`, `delete expire/b@${first + 2}`]);
    expect(events[0]!['prev_kv']).toMatchObject({ lease: '1011' });
    expect(await api().lease('TimeToLive', { ID: 1011 })).toMatchObject({ TTL: '-1' });
    expect(await refusal(api().put('expire/a', '', { lease: '1011' }))).toEqual(UNKNOWN_LEASE);
    probe.close();
  });

  it('keeps a renewed lease while others of the same age end', async () => {
    const probe = api().watch();
    await probe.created({ key: 'renew/', range_end: 'renew0', filters: ['Noput'] });
    for (const ID of [1012, 1013]) {
      await api().lease('Grant', { TTL: 2, ID });
      await api().put(`renew/${ID}`, '', { lease: ID });
    }
    const stream = api().raw.stream('Lease', 'LeaseKeepAlive');
    stream.on('error', () => undefined);
    stream.resume();
    const renewing = setInterval(() => stream.write({ ID: '1013' }), 300);
    const events = (answer: Plain) => (answer['events'] as Plain[]).map((event) => (event['kv'] as Plain)['key']);
    expect(events(await probe.next())).toEqual(['renew/1012']);
    expect(await api().lease('TimeToLive', { ID: 1013 })).toMatchObject({ grantedTTL: '2' });
    clearInterval(renewing);
    stream.cancel();
    expect(events(await probe.next())).toEqual(['renew/1013']);
    probe.close();
  });
}
