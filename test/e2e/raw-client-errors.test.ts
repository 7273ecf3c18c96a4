import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../support/raw-call.js';
import { RawClient } from '../support/raw-client.js';
import type { Registration } from '../support/raw-client.js';
import { encode, readJsonAny } from '../support/raw-protocol.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';
import { VECTORS } from '../support/vectors.js';

const TRACE_ID = /^[A-Za-z0-9_-]{20}$/;

describe('errors for a gRPC client written from the wire document', () => {
  const use = useFixtureCluster();
  let bystander: { client: RawClient; registration: Registration };

  beforeAll(async () => {
    const client = new RawClient(use.gate.address);
    bystander = { client, registration: await client.register() };
  });

  afterAll(() => bystander?.client.close());

  it.each(VECTORS.shard.invalidIds)('refuses the id %j even with a type', async (id) => {
    expect(await failureOf(use.client().call(id, 'Echo', 1, { type: 'Echo' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_OBJECT_ID',
    });
  });

  it.each(VECTORS.shard.invalidWithoutType)('refuses the id %j without a type', async (id) => {
    expect(await failureOf(use.client().call(id, 'Echo', 1))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_OBJECT_ID',
    });
  });

  it('prints the circle of calls that goes over two nodes', async () => {
    const [here, there] = [`${use.node.address}/Relay-here`, `${use.otherNode.address}/Relay-there`];
    const back = { objectId: there, method: 'Call', argument: { objectId: here, method: 'Echo' } };
    const failure = await failureOf(use.client().call(here, 'Call', back));
    expect(failure).toMatchObject({ code: 'ABORTED', reason: 'CALL_CYCLE' });
    expect(failure.details.split(here).length).toBeGreaterThan(2);
    expect(failure.details).toContain(there);
  });

  it.each(['Plain', 'OwnReason'])('passes on what an object on another node threw: %s', async (method) => {
    const relay = `${use.node.address}/Relay-errors`;
    const direct = await failureOf(use.client().call(`${use.otherNode.address}/Faulty-far`, method));
    const nested = { objectId: `${use.otherNode.address}/Faulty-far`, method };
    const through = await failureOf(use.client().call(relay, 'Call', nested));
    expect([through.code, through.reason, through.details]).toEqual([direct.code, direct.reason, direct.details]);
  });

  it.each([
    ['an unknown type', 'Nobody-1', 'UNKNOWN_TYPE', 'There is no object type Nobody'],
    ['an unknown method', 'Echo-1', 'METHOD_NOT_FOUND', 'Echo has no method "Missing"'],
  ])('does not tell what else there is when an object called %s', async (_what, objectId, reason, says) => {
    const failure = await failureOf(use.client().call('Relay-lost', 'Call', { objectId, method: 'Missing' }));
    expect([failure.reason, failure.details, failure.code]).toEqual([reason, says, 'UNIMPLEMENTED']);
    expect(failure.header('goverse-details-bin')).toBeUndefined();
  });

  it('keeps the details of an error of the application', async () => {
    const failure = await failureOf(use.client().call('Faulty-1', 'OwnReason'));
    expect(JSON.parse(failure.header('goverse-details-bin') ?? 'null')).toEqual({ limit: 4 });
  });

  it('hides what a method threw behind a trace id, which the log of the node has too', async () => {
    const failure = await failureOf(use.client().call('Faulty-1', 'Plain'));
    expect(JSON.stringify([failure.details, failure.metadata.getMap()])).not.toMatch(/hunter2|password/);
    const { traceId } = JSON.parse(failure.header('goverse-details-bin') ?? '{}') as { traceId: string };
    expect(traceId).toMatch(TRACE_ID);
    expect(await use.logged(new RegExp(traceId))).toContain('Faulty-1');
  });

  it('refuses a client id of another connection, unless its token comes with it', async () => {
    const { clientId, token } = await use.client().register();
    const stranger = use.client();
    const refusal = { reason: 'CLIENT_ID_NOT_YOURS', code: 'PERMISSION_DENIED' };
    const call = (headers: Record<string, string>) =>
      stranger.call('Echo-1', 'Context', undefined, { clientId, headers });
    expect(await failureOf(call({}))).toMatchObject(refusal);
    expect(
      await failureOf(call({ 'x-client-token': `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` })),
    ).toMatchObject(refusal);
    expect(await call({ 'x-client-token': token })).toMatchObject({ clientId });
  });

  it('says the same of a client id that nobody has', async () => {
    const clientId = `${use.gate.address}/${'x'.repeat(20)}`;
    expect(await failureOf(use.client().call('Echo-1', 'Context', undefined, { clientId }))).toMatchObject({
      reason: 'CLIENT_ID_NOT_YOURS',
    });
  });

  it('tells another type under the same id apart', async () => {
    const client = use.client();
    await client.create('Echo-mine');
    expect(await failureOf(client.call('Echo-mine', 'Call', {}, { type: 'Relay' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'TYPE_MISMATCH',
    });
    expect(await failureOf(client.create('Echo-mine', { type: 'Relay' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'ALREADY_EXISTS',
    });
  });

  it('refuses what a full mailbox cannot take, and says when to come again', async () => {
    const client = use.client();
    const calls = [client.call('Slow-full', 'Hold')];
    await client.call('Slow-full', 'Running', 1);
    calls.push(...Array.from({ length: 3 }, () => client.call('Slow-full', 'Hold')));
    // One runs and two wait, whichever: the first that fails is the one too many.
    const failure = await failureOf(Promise.race(calls.map((call) => call.then(() => new Promise(() => {})))));
    expect(failure).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'OVERLOADED' });
    expect(Number(failure.header('retry-after-ms'))).toBeGreaterThan(0);
    for (const call of calls) call.cancel();
    await Promise.allSettled(calls);
  });

  it('passes a cancellation on to the object', async () => {
    const client = use.client();
    const call = client.call('Slow-cancelled', 'Hold');
    await client.call('Slow-cancelled', 'Running', 1);
    call.cancel();
    expect((await failureOf(call)).code).toBe('CANCELLED');
    expect(await client.call('Slow-cancelled', 'Aborted', 1)).toBe(1);
  });

  it('cancels the calls of a client whose stream ends', async () => {
    const client = use.client();
    const { clientId, stream } = await client.register();
    const call = client.call('Slow-left', 'Hold', undefined, { clientId });
    await client.call('Slow-left', 'Running', 1);
    stream.cancel();
    expect(await failureOf(call)).toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    expect(await client.call('Slow-left', 'Aborted', 1)).toBe(1);
  });

  it('ends at the deadline of gRPC too, on both sides', async () => {
    const client = use.client();
    // Connected, and the object lives: what is left takes no time.
    await client.call('Slow-deadline', 'Running', 0);
    const failure = await failureOf(client.call('Slow-deadline', 'Hold', undefined, { deadline: Date.now() + 500 }));
    expect(failure.code).toBe('DEADLINE_EXCEEDED');
    expect(await client.call('Slow-deadline', 'Aborted', 1)).toBe(1);
  });

  describe('what no client should send', () => {
    it.each([
      ['no JSON', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
      ['half a JSON text', Buffer.from('{"text": "a')],
      ['JSON and more', Buffer.from('{} {}')],
    ])('refuses a payload that is %s', async (_what, bytes) => {
      expect(await failureOf(use.client().callBytes('Echo-1', 'Echo', bytes))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'INVALID_ARGUMENT',
      });
    });

    it('refuses a payload that is no such protobuf message', async () => {
      const failure = await failureOf(
        use.client().callBytes('Greeter-1', 'Greet', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f])),
      );
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_ARGUMENT' });
    });

    it('refuses deeply nested JSON', async () => {
      const deep = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
      expect(await failureOf(use.client().callBytes('Echo-1', 'Echo', deep))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    });

    it('takes a payload of the limit and refuses one byte more by its reason', async () => {
      const client = use.client();
      const text = (bytes: number) => Buffer.from(`"${'x'.repeat(bytes - 2)}"`);
      // Not echoed: whatever the limit counts, the result would meet it again.
      expect((await client.callBytes('Echo-1', 'Nothing', text(2 ** 20))).payload).toHaveLength(0);
      const failure = await failureOf(client.callBytes('Echo-1', 'Nothing', text(2 ** 20 + 1)));
      expect(failure).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'PAYLOAD_TOO_LARGE' });
    });

    it('refuses 2 MiB', async () => {
      const client = use.client();
      expect((await failureOf(client.callBytes('Echo-1', 'Nothing', Buffer.alloc(2 ** 21, 0x20)))).code).toBe(
        'RESOURCE_EXHAUSTED',
      );
      expect(await client.call('Echo-1', 'Echo', 'still there')).toBe('still there');
    });

    it.each(['CallObject', 'CreateObject', 'DeleteObject'])(
      'answers %s with garbage for a request with one status',
      async (method) => {
        const client = use.client();
        const failure = await failureOf(client.sendGarbage(method, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])));
        expect(['INVALID_ARGUMENT', 'INTERNAL', 'UNKNOWN']).toContain(failure.code);
        expect(await client.call('Echo-1', 'Echo', 1)).toBe(1);
      },
    );

    it('leaves what a method left behind to the log', async () => {
      const client = use.client();
      expect(await client.call('Faulty-behind', 'LeavesBehind')).toBe('gone');
      expect(await use.logged(/rejected by a promise that was left behind/)).toBeTruthy();
      expect(await use.logged(/thrown by a timer that was left behind/)).toBeTruthy();
      expect(use.node.child.output + use.otherNode.child.output).toMatch(/Faulty-behind/);
      expect(await client.call('Faulty-behind', 'LeavesBehind')).toBe('gone');
    });

    it('ignores fields it does not know', async () => {
      const known = encode('goverse.client.CallObjectRequest', {
        object_id: 'Echo-1',
        method: 'Echo',
        payload: Buffer.from('1'),
      });
      const client = use.client();
      const unknown = Buffer.from([0xf2, 0x3f, 0x02, 0x68, 0x69]); // field 1022, two bytes
      const answer = (await client.sendGarbage('CallObject', Buffer.concat([unknown, known]))) as { payload: Buffer };
      expect(answer.payload.toString()).toBe('1');
    });
  });

  it('leaves all processes alive and a bystander undisturbed', async () => {
    const { client, registration } = bystander;
    const { clientId, stream } = registration;
    expect(stream.open).toBe(true);
    // Broadcasts of other tests came here too.
    await stream.take(stream.waiting);
    await client.call('Pusher-bystander', 'Push', { count: 3, from: 1000 }, { clientId });
    expect((await stream.take(3)).map((any) => (readJsonAny(any).data as { n: number }).n)).toEqual([1000, 1001, 1002]);
    expect(use.alive).toBe(true);
  });
});
