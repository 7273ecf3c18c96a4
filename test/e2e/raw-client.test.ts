import { describe, expect, it } from 'vitest';
import { encode } from '../support/raw-protocol.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';
import { VECTORS } from '../support/vectors.js';

describe('a gRPC client written from the wire document', () => {
  const use = useFixtureCluster();

  it('registers under an id that names the gate, with a token of its own', async () => {
    const first = await use.client().register();
    const second = await use.client().register();
    const [gate, unique] = [
      first.clientId.slice(0, first.clientId.indexOf('/')),
      first.clientId.slice(first.clientId.indexOf('/') + 1),
    ];
    expect(gate).toBe(use.gate.address);
    expect(unique).toMatch(/^[A-Za-z0-9_-]{20}$/);
    expect(first.token.length).toBeGreaterThanOrEqual(20);
    expect(second.clientId).not.toBe(first.clientId);
    expect(second.token).not.toBe(first.token);
  });

  it('writes the golden request', () => {
    const request = { object_id: 'ChatRoom-123', method: 'Join', payload: Buffer.from('{"userId":"ann"}') };
    expect(encode('goverse.client.CallObjectRequest', request).toString('hex')).toBe(
      VECTORS.clientCallObjectRequest.hex,
    );
  });

  it.each([0, -1.5, 'hé 🎮', '', true, false, null, [], [1, [2]], {}, { a: { b: [null] } }])(
    'calls with %j and gets it back',
    async (value) => {
      expect(await use.client().call('Echo-json', 'Echo', value)).toEqual(value);
    },
  );

  it('sends no bytes for no argument and gets none for no result', async () => {
    const client = use.client();
    expect((await client.callBytes('Echo-1', 'Echo', Buffer.alloc(0))).payload).toHaveLength(0);
    expect((await client.callBytes('Echo-1', 'Nothing', Buffer.from('{}'))).payload).toHaveLength(0);
  });

  it('reads a Date as an ISO string', async () => {
    expect(await use.client().call('Echo-1', 'Dates')).toEqual({ at: '2026-01-02T03:04:05.000Z' });
  });

  it('gets a validated instance into the method, without what its class does not declare', async () => {
    const answer = await use.client().call('Echo-1', 'Repeat', { text: 'ab', times: 2, admin: true });
    expect(answer).toEqual({ text: 'abab', keys: ['text', 'times'], isInstance: true });
  });

  it('does not wait for a one-way method', async () => {
    const client = use.client();
    expect(await client.call('Echo-one-way', 'Told')).toBeUndefined();
    expect(await client.call('Echo-one-way', 'Calls')).toBe(1);
  });

  it('creates with an argument once, and deletes what is there or not', async () => {
    const client = use.client();
    expect(await client.create('Echo-made', { argument: { seed: 1 } })).toMatchObject({
      object_id: 'Echo-made',
      created: true,
    });
    expect(await client.create('Echo-made', { argument: { seed: 2 } })).toMatchObject({
      object_id: 'Echo-made',
      created: false,
    });
    expect(await client.call('Echo-made', 'CreatedWith')).toEqual({ seed: 1 });
    await client.delete('Echo-made');
    await client.delete('Echo-made');
    expect(await client.call('Echo-made', 'CreatedWith')).toBeUndefined();
  });

  it('takes any text as an id when the type is given', async () => {
    expect(await use.client().call('no dash', 'Context', undefined, { type: 'Echo' })).toMatchObject({
      objectId: 'no dash',
      key: 'no dash',
      type: 'Echo',
    });
  });

  it.each(VECTORS.shard.valid.map(({ id }) => id))('reaches the object %s', async (id) => {
    expect(await use.client().call(id, 'Context', undefined, { type: 'Echo' })).toMatchObject({ objectId: id });
  });

  it('is seen by every object of the chain, as a client only by the first', async () => {
    const client = use.client();
    const { clientId } = await client.register();
    const direct = await client.call('Echo-1', 'Context', undefined, { clientId });
    expect(direct).toMatchObject({ objectId: 'Echo-1', method: 'Context', clientId, isFromClient: true });
    const nested = await client.call('Relay-1', 'Call', { objectId: 'Echo-2', method: 'Context' }, { clientId });
    expect(nested).toMatchObject({ objectId: 'Echo-2', clientId, isFromClient: false });
  });

  it('gives nested calls what is left of the deadline', async () => {
    const nested = await use
      .client()
      .call('Relay-1', 'Call', { objectId: 'Echo-2', method: 'Context' }, { timeoutMs: 5_000 });
    expect((nested as { remainingMs: number }).remainingMs).toBeLessThanOrEqual(5_000);
  });

  it.each([
    ['the same node', () => use.node.address],
    ['another node', () => use.otherNode.address],
  ])('lets an object call one on %s: values, identity, internal methods', async (_what, place) => {
    const client = use.client();
    const { clientId } = await client.register();
    const relay = `${use.node.address}/Relay-far`;
    const echo = `${place()}/Echo-far`;
    const survived = { date: true, map: true, set: true, bytes: true, nothing: true, copied: true };
    expect(await client.call(relay, 'CallWithRichValue', echo)).toEqual(survived);
    expect(await client.call(relay, 'Call', { objectId: echo, method: 'Secret' })).toBe('secret of far');
    const context = await client.call(relay, 'Call', { objectId: echo, method: 'Context' }, { clientId });
    expect(context).toMatchObject({ objectId: echo, clientId, isFromClient: false });
  });

  it('cancels what runs on another node for the object it called', async () => {
    const client = use.client();
    const slow = `${use.otherNode.address}/Slow-far`;
    const call = client.call(`${use.node.address}/Relay-slow`, 'Call', { objectId: slow, method: 'Hold' });
    await client.call(slow, 'Running', 1);
    call.cancel();
    await expect(call).rejects.toThrow();
    expect(await client.call(slow, 'Aborted', 1)).toBe(1);
  });
});
