import { expect, it } from 'vitest';
import { keysOf, kvsOf, refusal, revisionOf, type ContractApi, type Plain } from './contract-api.js';

const INVALID_ARGUMENT = 3;
const OUT_OF_RANGE = 11;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;

export function kvContract(api: () => ContractApi): void {
  it('gives every key its create, mod revision and version', async () => {
    const start = await api().revision();
    expect(revisionOf(await api().put('rev/a', '1'))).toBe(start + 1);
    await api().put('rev/a', '2');
    const facts = { key: 'rev/a', lease: '0', create_revision: String(start + 1) };
    expect(kvsOf(await api().range('rev/a'))).toEqual([
      { ...facts, value: '2', version: '2', mod_revision: String(start + 2) },
    ]);
    await api().delete('rev/a');
    await api().put('rev/a', '3');
    expect(kvsOf(await api().range('rev/a'))).toEqual([
      { ...facts, value: '3', version: '1', create_revision: String(start + 4), mod_revision: String(start + 4) },
    ]);
  });

  it('tells who answers in every header', async () => {
    const { header } = await api().raw.call('KV', 'Range', { key: Buffer.from('x') });
    const status = await api().raw.call('Maintenance', 'Status', {});
    expect(status['header']).toEqual(header);
    expect(header).toMatchObject({ cluster_id: expect.stringMatching(/^[1-9]\d*$/), member_id: status['leader'] });
    expect((header as Plain)['raft_term']).not.toBe('0');
  });

  it('selects one key, a range, a prefix and everything from a key on', async () => {
    for (const key of ['sel/a', 'sel/b', 'sel/c', 'sem', '\xff\xfe']) await api().put(key, key);
    expect(keysOf(await api().range('sel/b'))).toEqual(['sel/b']);
    expect(keysOf(await api().range('sel/a', { range_end: 'sel/c' }))).toEqual(['sel/a', 'sel/b']);
    expect(keysOf(await api().range('sel/', { range_end: 'sel0' }))).toEqual(['sel/a', 'sel/b', 'sel/c']);
    expect(keysOf(await api().range('sem', { range_end: '\0' }))).toContain('\xff\xfe');
    expect(keysOf(await api().range('sel/c', { range_end: 'sel/a' }))).toEqual([]);
    await api().delete('\xff\xfe');
  });

  it('orders keys by bytes', async () => {
    for (const key of ['ord/\x80', 'ord/b', 'ord/\xff', 'ord/B', 'ord/', 'ord/\0']) await api().put(key);
    expect(keysOf(await api().range('ord/', { range_end: 'ord0' }))).toEqual([
      'ord/',
      'ord/\0',
      'ord/B',
      'ord/b',
      'ord/\x80',
      'ord/\xff',
    ]);
  });

  it('sorts, limits, counts and filters', async () => {
    const start = await api().revision();
    for (const [key, value] of ['c1', 'a3', 'b2'].map(([k, v]) => [`sort/${k}`, v!])) await api().put(key!, value);
    await api().put('sort/c', '0');
    const all = { range_end: 'sort0' };
    const query = async (extra: Plain) => {
      const answer = await api().range('sort/', { ...all, ...extra });
      return { keys: keysOf(answer).map((key) => String(key).slice(5)), more: answer['more'], count: answer['count'] };
    };
    const none = { more: false, count: '3' };
    expect(await query({})).toEqual({ keys: ['a', 'b', 'c'], ...none });
    expect(await query({ sort_order: 'Descend' })).toEqual({ keys: ['c', 'b', 'a'], ...none });
    expect(await query({ sort_order: 'Ascend', sort_target: 'Value' })).toEqual({ keys: ['c', 'b', 'a'], ...none });
    expect(await query({ sort_order: 'Descend', sort_target: 'Version' })).toEqual({ keys: ['c', 'a', 'b'], ...none });
    expect(await query({ sort_order: 'Ascend', sort_target: 'Create' })).toEqual({ keys: ['c', 'a', 'b'], ...none });
    expect(await query({ sort_order: 'Ascend', sort_target: 'Mod' })).toEqual({ keys: ['a', 'b', 'c'], ...none });
    // Without an order the page is cut by key before it is sorted.
    expect(await query({ sort_target: 'Create', limit: 1 })).toEqual({ ...none, keys: ['a'], more: true });
    expect(await query({ limit: 2 })).toEqual({ keys: ['a', 'b'], more: true, count: '3' });
    expect(await query({ limit: 3 })).toEqual({ keys: ['a', 'b', 'c'], ...none });
    expect(await query({ limit: -1 })).toEqual({ keys: ['a', 'b', 'c'], ...none });
    expect(await query({ sort_order: 'Descend', sort_target: 'Mod', limit: 1 })).toEqual({
      ...none,
      keys: ['c'],
      more: true,
    });
    expect(await query({ count_only: true, limit: 1 })).toEqual({ keys: [], ...none });
    expect(await query({ min_mod_revision: start + 4 })).toEqual({ keys: ['c'], ...none });
    expect(await query({ max_mod_revision: start + 2, limit: 1 })).toEqual({ keys: ['a'], ...none });
    expect(await query({ min_create_revision: start + 2 })).toEqual({ keys: ['a', 'b'], ...none });
    expect(await query({ max_create_revision: start + 1 })).toEqual({ keys: ['c'], ...none });
    expect(kvsOf(await api().range('sort/b', { keys_only: true }))[0]).toMatchObject({
      key: 'sort/b',
      value: '',
      version: '1',
    });
  });

  it('reads the past, and refuses a future that has not happened', async () => {
    const start = revisionOf(await api().put('past/a', '1'));
    await api().put('past/b', '1');
    await api().delete('past/a');
    const at = async (revision: number) => keysOf(await api().range('past/', { range_end: 'past0', revision }));
    expect(await at(start - 1)).toEqual([]);
    expect(await at(start)).toEqual(['past/a']);
    expect(await at(start + 1)).toEqual(['past/a', 'past/b']);
    expect(await at(start + 2)).toEqual(['past/b']);
    expect(revisionOf(await api().range('past/a', { revision: start }))).toBe(start + 2);
    expect(await refusal(at(start + 3))).toEqual({
      code: OUT_OF_RANGE,
      details: 'etcdserver: mvcc: required revision is a future revision',
    });
  });

  it('pages through a big range at one revision while it is being written', async () => {
    for (let i = 0; i < 250; i++) await api().put(`page/${String(i).padStart(4, '0')}`, 'x'.repeat(500));
    const seen: unknown[] = [];
    let from = 'page/';
    let revision = 0;
    for (let more = true; more;) {
      const page = await api().range(from, { range_end: 'page0', limit: 60, revision });
      revision ||= revisionOf(page);
      seen.push(...keysOf(page));
      from = `${String(seen.at(-1))}\0`;
      more = page['more'] === true;
      await api().put(`page/0200+${seen.length}`, 'late');
      await api().delete('page/0240');
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => `page/${String(i).padStart(4, '0')}`));
  });

  it('returns what was there before', async () => {
    expect((await api().put('prev/a', '1', { prev_kv: true }))['prev_kv']).toBeNull();
    expect((await api().put('prev/a', '2', { prev_kv: true }))['prev_kv']).toMatchObject({ value: '1', version: '1' });
    expect((await api().put('prev/a', '3'))['prev_kv']).toBeNull();
    await api().put('prev/b', '4');
    const deleted = await api().delete('prev/', { range_end: 'prev0', prev_kv: true });
    expect(deleted).toMatchObject({
      deleted: '2',
      prev_kvs: [
        { key: 'prev/a', value: '3' },
        { key: 'prev/b', value: '4' },
      ],
    });
  });

  it('deletes a range in one revision and nothing in none', async () => {
    for (const key of ['del/a', 'del/b', 'del/c']) await api().put(key);
    const start = await api().revision();
    expect(await api().delete('del/', { range_end: 'del0' })).toEqual({
      header: { revision: String(start + 1) },
      deleted: '3',
      prev_kvs: [],
    });
    expect(await api().delete('del/', { range_end: 'del0' })).toMatchObject({
      header: { revision: String(start + 1) },
      deleted: '0',
    });
  });

  it('keeps the value or the lease when asked to', async () => {
    const { ID } = await api().lease('Grant', { TTL: 100 });
    await api().put('keep/a', 'value', { lease: ID });
    await api().put('keep/a', '', { ignore_value: true, lease: ID });
    await api().put('keep/a', 'other', { ignore_lease: true });
    expect(kvsOf(await api().range('keep/a'))[0]).toMatchObject({ value: 'other', lease: ID, version: '3' });
    await api().put('keep/a', '', { ignore_value: true });
    expect(kvsOf(await api().range('keep/a'))[0]).toMatchObject({ value: 'other', lease: '0', version: '4' });
  });

  it('forgets the past when compacted', async () => {
    const start = revisionOf(await api().put('compact/a', '1'));
    await api().put('compact/a', '2');
    await api().put('compact/b', '1');
    expect(await api().compact(start + 1)).toEqual({ header: { revision: String(start + 2) } });
    const compacted = { code: OUT_OF_RANGE, details: 'etcdserver: mvcc: required revision has been compacted' };
    expect(await refusal(api().range('compact/a', { revision: start }))).toEqual(compacted);
    expect(await refusal(api().compact(start + 1))).toEqual(compacted);
    expect(await refusal(api().txn({ success: [{ request_range: { key: 'compact/a', revision: start } }] }))).toEqual(
      compacted,
    );
    expect(kvsOf(await api().range('compact/a', { revision: start + 1 }))[0]).toMatchObject({ value: '2' });
    expect(await refusal(api().compact(start + 100))).toEqual({
      code: OUT_OF_RANGE,
      details: 'etcdserver: mvcc: required revision is a future revision',
    });
  });

  it.each([
    ['Range', {}, 'etcdserver: key is not provided'],
    ['Put', { value: '1' }, 'etcdserver: key is not provided'],
    ['DeleteRange', {}, 'etcdserver: key is not provided'],
    ['Put', { key: 'bad', value: '1', ignore_value: true }, 'etcdserver: value is provided'],
    ['Put', { key: 'bad', lease: '5', ignore_lease: true }, 'etcdserver: lease is provided'],
    ['Put', { key: 'bad', ignore_value: true }, 'etcdserver: key not found'],
    ['Put', { key: 'bad', value: '1', ignore_lease: true }, 'etcdserver: key not found'],
    ['Put', { key: 'bad', value: 'x'.repeat(1_600_000) }, 'etcdserver: request is too large'],
  ])('refuses a bad %s and changes nothing (%#)', async (method, request, details) => {
    const start = await api().revision();
    expect(await refusal(api().call('KV', method, request))).toEqual({ code: INVALID_ARGUMENT, details });
    expect(await api().revision()).toBe(start);
  });

  it('lives on after messages that are too large or garbage', async () => {
    expect((await refusal(api().put('huge', 'x'.repeat(3_000_000)))).code).toBe(RESOURCE_EXHAUSTED);
    const garbage = Buffer.from('ffffffffffffffffffff', 'hex');
    expect((await refusal(api().raw.callWithBytes('KV', 'Put', garbage))).code).toBe(INTERNAL);
    const stream = api().raw.streamOfBytes('Watch', 'Watch');
    const failed = new Promise<{ code: number }>((resolve) => stream.on('error', (error) => resolve(error as never)));
    stream.write(garbage);
    stream.resume();
    expect((await failed).code).toBe(INTERNAL);
    expect(keysOf(await api().range('huge'))).toEqual([]);
  });
}
