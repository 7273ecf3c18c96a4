import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listServices } from '../support/grpc-reflection.js';
import { failureOf } from '../support/raw-call.js';
import { RawNode } from '../support/raw-node.js';
import { anyOf, decode, jsonAny, readAny, readJsonAny } from '../support/raw-protocol.js';
import type { RawAny } from '../support/raw-protocol.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';
import { VECTORS } from '../support/vectors.js';

/** Values of the Struct family, under the names protobufjs gives their fields. */
const list = (...values: object[]) => ({ values });

describe('goverse.Goverse of a node, as the wire document describes it', () => {
  const use = useFixtureCluster();
  let node: RawNode;

  describe('values in an Any', () => {
    // The argument as the method saw it, told in the one family whose reply cannot change it.
    const seen = async (any?: RawAny): Promise<unknown> => {
      await node.delete('Echo-seen', 'Echo');
      await node.create('Echo-seen', 'Echo', any);
      return readJsonAny((await node.call('Echo-seen', 'CreatedWith', jsonAny(null)))!).data;
    };

    beforeAll(() => {
      node = new RawNode(use.node.address);
    });

    afterAll(() => node.close());

    it.each(VECTORS.any.values)('reach the method: $what', async ({ base64, json }) => {
      const { type_url, value } = decode('google.protobuf.Any', Buffer.from(base64, 'base64')) as unknown as RawAny;
      expect(await seen({ type_url, value })).toEqual(json);
    });

    it.each([
      ['google.protobuf.Int32Value', { value: -5 }, -5],
      ['google.protobuf.Int64Value', { value: 2 ** 40 }, 2 ** 40],
      ['google.protobuf.UInt32Value', { value: 4_000_000_000 }, 4_000_000_000],
      ['google.protobuf.DoubleValue', { value: 0.25 }, 0.25],
      ['google.protobuf.BoolValue', { value: true }, true],
      ['google.protobuf.BoolValue', {}, false],
      ['google.protobuf.StringValue', { value: 'hé' }, 'hé'],
      ['google.protobuf.StringValue', {}, ''],
      ['google.protobuf.Struct', { fields: { a: { numberValue: 1 }, b: { nullValue: 0 } } }, { a: 1, b: null }],
      ['google.protobuf.Value', { stringValue: 'x' }, 'x'],
      ['google.protobuf.ListValue', list({ numberValue: 1 }, { boolValue: true }), [1, true]],
      ['goverse.JsonMessage', { type: 'Any', json: Buffer.from('{"a":[1]}') }, { a: [1] }],
      ['fixture.Greeting', { name: 'ann', times: 2 }, { name: 'ann', times: 2 }],
    ])('reach the method: %s %j', async (type, message, expected) => {
      expect(await seen(anyOf(type, message))).toEqual(expected);
    });

    it.each([
      ['Empty', anyOf('google.protobuf.Empty', {})],
      ['no Any', undefined],
    ])('%s is no argument', async (_what, any) => {
      const reply = await node.call('Echo-none', 'Echo', any);
      expect(readAny(reply!).type).toBe('google.protobuf.Empty');
    });

    it.each([
      ['google.protobuf.Int32Value', { value: 5 }],
      ['google.protobuf.Int64Value', { value: 2 ** 40 }],
      ['google.protobuf.StringValue', { value: 'x' }],
      ['google.protobuf.BoolValue', { value: true }],
      ['google.protobuf.DoubleValue', { value: 0.25 }],
      ['google.protobuf.BytesValue', { value: Buffer.from([1, 2, 255]) }],
    ])('come back in the wrapper they came in: %s', async (type, message) => {
      expect(readAny((await node.call('Echo-1', 'Echo', anyOf(type, message)))!)).toEqual({ type, message });
    });

    it.each(['google.protobuf.Struct', 'google.protobuf.ListValue', 'google.protobuf.Value'])(
      'come back in the Struct family: %s',
      async (type) => {
        const messages: Record<string, object> = {
          'google.protobuf.Struct': { fields: { a: { numberValue: 1 } } },
          'google.protobuf.ListValue': list({ numberValue: 1 }),
          'google.protobuf.Value': { numberValue: 1 },
        };
        expect((await node.call('Echo-1', 'Echo', anyOf(type, messages[type]!)))!.type_url).toMatch(
          /\.(Struct|ListValue|Value)$/,
        );
      },
    );

    it('come back as a JsonMessage when they came as one', async () => {
      expect(readJsonAny((await node.call('Echo-1', 'Echo', jsonAny({ a: 1 })))!).data).toEqual({ a: 1 });
    });

    it.each([
      [
        'a number where a text came in',
        'Zeros',
        anyOf('google.protobuf.Int32Value', { value: 3 }),
        'google.protobuf.StringValue',
        { value: '000' },
      ],
      [
        'an object where a wrapper came in',
        'Dates',
        anyOf('google.protobuf.Int32Value', { value: 3 }),
        'google.protobuf.Struct',
        undefined,
      ],
      [
        'nothing where a wrapper came in',
        'Nothing',
        anyOf('google.protobuf.Int32Value', { value: 3 }),
        'google.protobuf.Empty',
        {},
      ],
    ])('answer %s in the nearest family', async (_what, method, any, type, message) => {
      const reply = readAny((await node.call('Echo-1', method, any))!);
      expect(reply.type).toBe(type);
      if (message) expect(reply.message).toEqual(message);
    });

    it('are refused when nobody registered their type, which the error names', async () => {
      const failure = await failureOf(node.call('Echo-1', 'Echo', anyOf('fixture.Unregistered', { text: 'x' })));
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'UNKNOWN_MESSAGE_TYPE' });
      expect(failure.details).toContain('type.googleapis.com/fixture.Unregistered');
    });

    it.each(['google.protobuf.StringValue', 'google.protobuf.Struct', 'goverse.JsonMessage', 'fixture.Greeting'])(
      'are refused when their bytes are no %s',
      async (type) => {
        const any = { type_url: `type.googleapis.com/${type}`, value: Buffer.from([0x0a, 0xff, 0xff, 0x7f, 0x01]) };
        expect(await failureOf(node.call('Echo-1', 'Echo', any))).toMatchObject({
          code: 'INVALID_ARGUMENT',
          reason: 'INVALID_ARGUMENT',
        });
      },
    );
  });

  describe('objects', () => {
    it('are created once, deleted, listed', async () => {
      const rawNode = use.rawNode();
      const id = `${use.node.address}/Echo-listed`;
      const before = Math.floor(Date.now() / 1000);
      expect(await rawNode.create(id, 'Echo')).toEqual({ id, created: true });
      expect(await rawNode.create(id, 'Echo')).toEqual({ id, created: false });
      const info = (await rawNode.listObjects()).find((object) => object.id === id);
      expect(info).toMatchObject({ type: 'Echo', id });
      expect(info!.creation_time).toBeGreaterThanOrEqual(before);
      const { advertise_addr, num_objects } = await rawNode.status();
      expect(advertise_addr).toBe(use.node.address);
      expect(num_objects).toBeGreaterThanOrEqual(1);
      await rawNode.delete(id);
      expect((await rawNode.listObjects()).map((object) => object.id)).not.toContain(id);
    });

    it('get an id when they are created without one', async () => {
      expect((await use.rawNode().create('', 'Echo')).id).toMatch(/^Echo-[A-Za-z0-9_-]{20}$/);
    });

    it('answer internal calls: this port is for the cluster', async () => {
      const reply = await use.rawNode().call('Echo-inside', 'Secret', anyOf('google.protobuf.Empty', {}));
      expect(readAny(reply!)).toEqual({ type: 'google.protobuf.StringValue', message: { value: 'secret of inside' } });
    });

    it('see the client id of the request', async () => {
      const client_id = `127.0.0.1:1/${'x'.repeat(20)}`;
      const reply = await use.rawNode().call('Echo-1', 'Context', jsonAny(null), { client_id });
      expect(readJsonAny(reply!).data).toMatchObject({ clientId: client_id });
    });

    it.each([
      ['no method', 'Echo-1', '', {}, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
      ['an unknown method', 'Echo-1', 'Nope', {}, 'METHOD_NOT_FOUND', 'UNIMPLEMENTED'],
      ['an unknown type', 'Nobody-1', 'Echo', {}, 'UNKNOWN_TYPE', 'UNIMPLEMENTED'],
      ['a bad id', 'lobby', 'Echo', {}, 'INVALID_OBJECT_ID', 'INVALID_ARGUMENT'],
      ['a bad client id', 'Echo-1', 'Echo', { client_id: 'nobody' }, 'INVALID_CLIENT_ID', 'INVALID_ARGUMENT'],
      ['a node that is not there', '127.0.0.1:1/Echo-1', 'Echo', {}, 'NO_OWNER', 'UNAVAILABLE'],
    ])('refuse %s', async (_what, id, method, more, reason, code) => {
      expect(await failureOf(use.rawNode().call(id, method, undefined, more))).toMatchObject({ reason, code });
    });

    it('tell name and message of what a method threw to the cluster', async () => {
      const failure = await failureOf(use.rawNode().call('Faulty-1', 'Plain'));
      expect(failure).toMatchObject({ reason: 'METHOD_FAILED', code: 'UNKNOWN' });
      expect(failure.details).toMatch(/hunter2/);
    });
  });

  describe('a gate that speaks only RegisterGate', () => {
    // A gate that is registered with one node gets the pushes of that node.
    const pusher = () => `${use.node.address}/Pusher-raw-gate`;
    const push = (clientIds: string[]) => use.rawNode().call(pusher(), 'PushReport', jsonAny({ clientIds, from: 5 }));

    it('gets its answer first, then envelopes; one for all its clients', async () => {
      const gate = '127.0.0.1:1001';
      const stream = use.rawNode().registerGate(gate);
      expect(await stream.next()).toMatchObject({ message: 'register_gate_response' });
      const clientIds = ['a', 'b', 'c'].map((letter) => `${gate}/${letter.repeat(20)}`);
      // Without a Link it cannot report: what is queued on its stream counts as delivered.
      expect(readJsonAny((await push(clientIds))!).data).toEqual({ delivered: 3, failed: [] });
      const { message, client_message } = await stream.next();
      expect(message).toBe('client_message');
      expect([...client_message!.client_ids].sort()).toEqual(clientIds);
      expect(client_message!.push_id).toBe(0);
      expect(readJsonAny(client_message!.message)).toEqual({ type: 'Note', data: { n: 5, text: '' } });
      await use.rawNode().call(pusher(), 'Broadcast', jsonAny({ from: 6 }));
      const broadcast = await stream.next();
      expect(broadcast.message).toBe('broadcast_message');
      expect(readJsonAny(broadcast.broadcast_message!.message).data).toEqual({ n: 6, text: 'to all' });
      stream.cancel();
    });

    it('is replaced by a second registration of its address, whose stream goes on', async () => {
      const gate = '127.0.0.1:1002';
      const first = use.rawNode().registerGate(gate);
      await first.next();
      const second = use.rawNode().registerGate(gate);
      await second.next();
      await first.ended();
      await push([`${gate}/${'z'.repeat(20)}`]);
      expect((await second.next()).message).toBe('client_message');
      second.cancel();
    });

    it('is forgotten when its stream breaks', async () => {
      const gate = '127.0.0.1:1003';
      const clientId = `${gate}/${'z'.repeat(20)}`;
      const stream = use.rawNode().registerGate(gate);
      await stream.next();
      stream.cancel();
      let report: { delivered: number; failed: { reason: string }[] };
      do report = readJsonAny((await push([clientId]))!).data as typeof report;
      while (report.delivered > 0);
      expect(report.failed).toEqual([{ clientId, reason: 'GATE_NOT_CONNECTED' }]);
    });
  });

  it('lists its services to tools that ask, and so does the gate', async () => {
    expect(await listServices(use.node.address)).toContain('goverse.Goverse');
    expect(await listServices(use.gate.address)).toContain('goverse.client.ClientService');
  });

  it('does not offer the services of the cluster at the gate', async () => {
    const stranger = new RawNode(use.gate.address);
    expect((await failureOf(stranger.listObjects())).code).toBe('UNIMPLEMENTED');
    stranger.close();
    expect(await use.client().call('Echo-1', 'Echo', 1)).toBe(1);
  });
});
