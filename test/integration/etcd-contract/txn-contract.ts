import { expect, it } from 'vitest';
import { kvsOf, refusal, revisionOf, type ContractApi, type Plain } from './contract-api.js';

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const OUT_OF_RANGE = 11;

const put = (key: string, value = '', extra: Plain = {}): Plain => ({ request_put: { key, value, ...extra } });
const get = (key: string, extra: Plain = {}): Plain => ({ request_range: { key, ...extra } });
const remove = (key: string, extra: Plain = {}): Plain => ({ request_delete_range: { key, ...extra } });

export function txnContract(api: () => ContractApi): void {
  it('gives all operations of a transaction one revision, in order, each seeing the ones before', async () => {
    await api().put('txn/old', '0');
    const start = await api().revision();
    const revision = String(start + 1);
    const answer = await api().txn({
      success: [
        get('txn/a'),
        put('txn/a', '1'),
        get('txn/a'),
        put('txn/b', '2', { prev_kv: true }),
        remove('txn/old', { prev_kv: true }),
        get('txn/', { range_end: 'txn0', keys_only: true }),
      ],
    });
    expect(answer).toMatchObject({ header: { revision }, succeeded: true });
    const responses = answer['responses'] as Plain[];
    expect(responses.map((each) => each['response'])).toEqual([
      'response_range',
      'response_put',
      'response_range',
      'response_put',
      'response_delete_range',
      'response_range',
    ]);
    expect(responses[0]!['response_range']).toEqual({
      header: { revision: String(start) },
      kvs: [],
      more: false,
      count: '0',
    });
    expect(responses[2]!['response_range']).toMatchObject({
      header: { revision },
      kvs: [{ value: '1', mod_revision: revision }],
    });
    expect(responses[4]!['response_delete_range']).toMatchObject({ deleted: '1', prev_kvs: [{ value: '0' }] });
    expect(responses[5]!['response_range']).toMatchObject({ kvs: [{ key: 'txn/a' }, { key: 'txn/b' }], count: '2' });
    expect(await api().revision()).toBe(start + 1);
  });

  it('uses up no revision when nothing changes', async () => {
    const start = await api().revision();
    const answer = await api().txn({ success: [get('txn/a'), remove('txn/none')] });
    expect(revisionOf(answer)).toBe(start);
    expect(revisionOf(await api().txn({}))).toBe(start);
  });

  it('compares version, revisions, value and lease with every operator', async () => {
    const { ID } = await api().lease('Grant', { TTL: 100 });
    const created = revisionOf(await api().put('cmp/a', 'm'));
    await api().put('cmp/a', 'm', { lease: ID });
    const facts: [target: string, field: string, less: unknown, equal: unknown, greater: unknown][] = [
      ['Version', 'version', 1, 2, 3],
      ['Create', 'create_revision', created - 1, created, created + 1],
      ['Mod', 'mod_revision', created, created + 1, created + 2],
      ['Value', 'value', 'l', 'm', 'ma'],
      ['Lease', 'lease', String(BigInt(ID as string) - 1n), ID, String(BigInt(ID as string) + 1n)],
    ];
    for (const [target, field, less, equal, greater] of facts) {
      const holds = async (result: string, value: unknown) =>
        (await api().txn({ compare: [{ key: 'cmp/a', target, result, [field]: value }] }))['succeeded'];
      expect([target, await holds('Equal', equal), await holds('Equal', less)]).toEqual([target, true, false]);
      expect([target, await holds('NotEqual', less), await holds('NotEqual', equal)]).toEqual([target, true, false]);
      expect([target, await holds('Greater', less), await holds('Greater', equal)]).toEqual([target, true, false]);
      expect([target, await holds('Less', greater), await holds('Less', equal)]).toEqual([target, true, false]);
    }
  });

  it('compares a missing key as zeros, its value with nothing', async () => {
    const holds = async (compare: Plain) =>
      (await api().txn({ compare: [{ key: 'cmp/none', ...compare }] }))['succeeded'];
    expect(await holds({ target: 'Version', result: 'Equal', version: 0 })).toBe(true);
    expect(await holds({ target: 'Create', result: 'Equal', create_revision: 0 })).toBe(true);
    expect(await holds({ target: 'Mod', result: 'Less', mod_revision: 1 })).toBe(true);
    expect(await holds({ target: 'Lease', result: 'Equal', lease: 0 })).toBe(true);
    expect(await holds({ target: 'Value', result: 'Equal', value: '' })).toBe(false);
    expect(await holds({ target: 'Value', result: 'NotEqual', value: 'x' })).toBe(false);
  });

  it('compares every key of a range, and takes every condition together', async () => {
    await api().put('many/a', 'x');
    await api().put('many/b', 'x');
    const all = { key: 'many/', range_end: 'many0', target: 'Value', result: 'Equal', value: 'x' };
    expect((await api().txn({ compare: [all] }))['succeeded']).toBe(true);
    await api().put('many/c', 'y');
    expect((await api().txn({ compare: [all] }))['succeeded']).toBe(false);
    const a = { key: 'many/a', target: 'Value', result: 'Equal', value: 'x' };
    const c = { key: 'many/c', target: 'Value', result: 'Equal', value: 'x' };
    expect((await api().txn({ compare: [a, c] }))['succeeded']).toBe(false);
  });

  it('runs the failure branch when a condition does not hold', async () => {
    const answer = await api().txn({
      compare: [{ key: 'branch', target: 'Version', result: 'Greater', version: 0 }],
      success: [put('branch', 'success')],
      failure: [put('branch', 'failure')],
    });
    expect(answer['succeeded']).toBe(false);
    expect(kvsOf(await api().range('branch'))[0]).toMatchObject({ value: 'failure' });
  });

  it('runs nested transactions on conditions decided before the first operation', async () => {
    const answer = await api().txn({
      success: [
        put('nest/a', '1'),
        {
          request_txn: {
            compare: [{ key: 'nest/a', target: 'Version', result: 'Equal', version: 0 }],
            success: [put('nest/b', 'before'), get('nest/a')],
            failure: [put('nest/b', 'after')],
          },
        },
      ],
    });
    const nested = (answer['responses'] as Plain[])[1]!['response_txn'] as Plain;
    expect(nested).toMatchObject({ succeeded: true, header: { revision: '0' } });
    expect((nested['responses'] as Plain[])[1]).toMatchObject({ response_range: { kvs: [{ value: '1' }] } });
    expect(kvsOf(await api().range('nest/b'))[0]).toMatchObject({ value: 'before' });
  });

  it.each([
    ['two puts of one key', [put('dup/a'), put('dup/a')]],
    ['a put in a deleted range', [put('dup/a'), remove('dup/', { range_end: 'dup0' })]],
    ['a put of a deleted key', [remove('dup/a'), put('dup/a')]],
    ['a put and a nested put', [put('dup/a'), { request_txn: { failure: [put('dup/a')] } }]],
    ['two nested puts', [{ request_txn: { success: [put('dup/a')] } }, { request_txn: { success: [put('dup/a')] } }]],
  ])('refuses %s', async (_, success) => {
    expect(await refusal(api().txn({ success }))).toEqual({
      code: INVALID_ARGUMENT,
      details: 'etcdserver: duplicate key given in txn request',
    });
  });

  it('allows a key in both branches, and overlapping deletes', async () => {
    await api().put('both/x');
    const start = await api().revision();
    const both = { request_txn: { success: [put('both/a')], failure: [put('both/a')] } };
    const answer = await api().txn({ success: [both, remove('both/x'), remove('both/x', { range_end: 'both/z' })] });
    expect(revisionOf(answer)).toBe(start + 1);
    expect((answer['responses'] as Plain[]).slice(1)).toMatchObject([
      { response_delete_range: { deleted: '1' } },
      { response_delete_range: { deleted: '0' } },
    ]);
  });

  it.each([
    [
      'an unknown lease',
      [put('bad/a', '1'), put('bad/b', '1', { lease: '4242' })],
      NOT_FOUND,
      'etcdserver: requested lease not found',
    ],
    [
      'a missing key to update',
      [put('bad/a'), put('bad/b', '', { ignore_value: true })],
      INVALID_ARGUMENT,
      'etcdserver: key not found',
    ],
    ['an empty operation', [put('bad/a'), {}], INVALID_ARGUMENT, 'etcdserver: key not found'],
    ['an empty key', [put('bad/a'), get('')], INVALID_ARGUMENT, 'etcdserver: key is not provided'],
    [
      'a future revision',
      [put('bad/a'), get('bad/a', { revision: 9_999_999 })],
      OUT_OF_RANGE,
      'etcdserver: mvcc: required revision is a future revision',
    ],
    [
      'too many operations',
      Array.from({ length: 129 }, (_, i) => put(`bad/${i}`)),
      INVALID_ARGUMENT,
      'etcdserver: too many operations in txn request',
    ],
    [
      'a deep tree of too many',
      [{ request_txn: { success: Array.from({ length: 128 }, (_, i) => put(`bad/${i}`)) } }],
      INVALID_ARGUMENT,
      'etcdserver: too many operations in txn request',
    ],
  ])('refuses %s and applies nothing of it', async (_, success, code, details) => {
    const start = await api().revision();
    expect(await refusal(api().txn({ success }))).toEqual({ code, details });
    expect(await api().revision()).toBe(start);
  });

  it('lets exactly one of many compare-and-puts win', async () => {
    const attempts = Array.from({ length: 50 }, (_, i) =>
      api().txn({
        compare: [{ key: 'race', target: 'Create', result: 'Equal', create_revision: 0 }],
        success: [put('race', String(i))],
        failure: [get('race')],
      }),
    );
    const answers = await Promise.all(attempts);
    const winners = answers.flatMap((answer, i) => (answer['succeeded'] === true ? [String(i)] : []));
    expect(winners).toHaveLength(1);
    expect(kvsOf(await api().range('race'))).toMatchObject([{ value: winners[0], version: '1' }]);
  });
}
