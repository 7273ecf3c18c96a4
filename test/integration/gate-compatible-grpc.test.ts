import { connect as connectHttp2 } from 'node:http2';
import { APP_GUARD } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../support/raw-call.js';
import { RawGateClient } from '../support/raw-gate-client.js';
import { anyOf, decode, encode, jsonAny, readAny, readJsonAny } from '../support/raw-protocol.js';
import type { RawAny } from '../support/raw-protocol.js';
import { VECTORS } from '../support/vectors.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, codec, json, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const clients: RawGateClient[] = [];
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
const client = (options = {}) => {
  const made = new RawGateClient(gate.runtime.address, options);
  clients.push(made);
  return made;
};
afterEach(async () => {
  for (const each of clients.splice(0)) each.close();
  await gate.close();
});

const echo: TestGateOptions = { answer: (call) => json(call, argumentOf(call)) };
/** Answers what a method with this result would. */
const giving = (result: unknown): TestGateOptions => ({ answer: (call) => json(call, result) });
const bytesOf = (base64: string): RawAny => {
  const { type_url, value } = decode('google.protobuf.Any', Buffer.from(base64, 'base64'));
  return { type_url: String(type_url), value: value as Buffer };
};

describe('gate.GateService CallObject', () => {
  it('calls with type, id and method as they are given', async () => {
    await start(echo);
    await client().call('ChatRoom', 'room-123', 'Join', { request: jsonAny({ name: 'ann' }) });
    expect(gate.cluster.calls).toMatchObject([
      {
        verb: 'call',
        type: 'ChatRoom',
        objectId: 'room-123',
        method: 'Join',
        isFromClient: true,
        payload: { kind: 'any' },
      },
    ]);
    expect(argumentOf(gate.cluster.calls[0]!)).toEqual({ name: 'ann' });
  });

  it.each(VECTORS.any.values)(
    'passes $what on as it came and answers in its family',
    async ({ base64, json: value }) => {
      await start(echo);
      const { response } = await client().call('Echo', 'Echo-1', 'Echo', { request: bytesOf(base64) });
      const { payload } = gate.cluster.calls[0]!;
      if (payload.kind !== 'any') throw new Error(`The payload is ${payload.kind}`);
      expect(Buffer.from(payload.bytes).toString('base64')).toBe(base64);
      expect(argumentOf(gate.cluster.calls[0]!)).toEqual(value);
      // The class name of a JsonMessage is not that of the plain result.
      if (readAny(response!).type === 'goverse.JsonMessage') expect(readJsonAny(response!).data).toEqual(value);
      else expect(encode('google.protobuf.Any', response!).toString('base64')).toBe(base64);
    },
  );

  const wrapper = (name: string, value: unknown) => anyOf(`google.protobuf.${name}`, { value });
  const struct = anyOf('google.protobuf.Struct', { fields: { a: { numberValue: 1 } } });
  it.each([
    ['the same wrapper', wrapper('Int32Value', 1), 7, 'Int32Value', { value: 7 }],
    [
      'the wrapper of the type when the value does not fit',
      wrapper('Int32Value', 1),
      'seven',
      'StringValue',
      { value: 'seven' },
    ],
    ['a Double when a number does not fit', wrapper('Int32Value', 1), 1.5, 'DoubleValue', { value: 1.5 }],
    ['Struct for an object where a wrapper came', wrapper('StringValue', 'x'), { a: 1 }, 'Struct', undefined],
    ['Struct for Struct', struct, { b: 'x' }, 'Struct', undefined],
    ['Empty for no result', wrapper('StringValue', 'x'), undefined, 'Empty', undefined],
    ['JsonMessage for JsonMessage', jsonAny({}), [1, 2], undefined, undefined],
  ])('answers with %s', async (_what, request, result, type, message) => {
    await start(giving(result));
    const { response } = await client().call('Echo', 'Echo-1', 'Get', { request });
    const answer = readAny(response!);
    expect(answer.type).toBe(type === undefined ? 'goverse.JsonMessage' : `google.protobuf.${type}`);
    if (message) expect(answer.message).toEqual(message);
    expect(codec.decodeResult({ kind: 'any', bytes: encode('google.protobuf.Any', response!) })).toEqual(result);
  });

  it('takes no Any for no argument', async () => {
    await start(echo);
    const { response } = await client().call('Echo', 'Echo-1', 'Echo');
    expect(response).toEqual({ type_url: 'type.googleapis.com/google.protobuf.Empty', value: Buffer.alloc(0) });
    expect(argumentOf(gate.cluster.calls[0]!)).toBeUndefined();
  });

  it('reads the type from the id when none is given', async () => {
    await start(echo);
    await client().call('', 'Echo-1', 'Echo');
    expect(gate.cluster.calls).toMatchObject([{ type: undefined, objectId: 'Echo-1' }]);
    expect(await failureOf(client().call('', 'lobby', 'Echo'))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_OBJECT_ID',
    });
  });

  it('takes its deadline from gRPC and passes a cancellation on', async () => {
    let signal!: AbortSignal;
    let begun!: () => void;
    const arrived = new Promise<void>((resolve) => (begun = resolve));
    await start({
      answer: (_call, given) => {
        signal = given;
        begun();
        return new Promise((_, reject) => given.addEventListener('abort', () => reject(given.reason as Error)));
      },
    });
    const call = client().call('Echo', 'Echo-1', 'Hold', { deadline: Date.now() + 20_000 });
    const failure = failureOf(call);
    await arrived;
    expect(gate.cluster.calls[0]!.deadline - Date.now()).toBeLessThanOrEqual(20_000);
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    call.cancel();
    await aborted;
    expect((await failure).code).toBe('CANCELLED');
  });

  it('believes a client id on the connection that registered it, and nowhere else', async () => {
    await start(echo);
    const [owner, stranger] = [client(), client()];
    const { clientId } = await owner.register();
    await owner.call('Echo', 'Echo-1', 'Echo', { clientId });
    expect(gate.cluster.calls[0]!.clientId).toBe(clientId);
    expect(await failureOf(stranger.call('Echo', 'Echo-1', 'Echo', { clientId }))).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'CLIENT_ID_NOT_YOURS',
    });
    expect(gate.cluster.calls).toHaveLength(1);
  });
});

describe('gate.GateService CreateObject and DeleteObject', () => {
  it('create an object under the id that was given', async () => {
    await start(giving(undefined));
    expect(await client().create('ChatRoom', 'lobby')).toEqual({ id: 'lobby' });
    expect(gate.cluster.calls).toMatchObject([{ verb: 'create', type: 'ChatRoom', objectId: 'lobby' }]);
  });

  it('make an id when none is given', async () => {
    await start(giving(undefined));
    const { id } = await client().create('ChatRoom', '');
    expect(id).toMatch(/^ChatRoom-[\w-]{20}$/);
    expect(gate.cluster.calls).toMatchObject([{ verb: 'create', type: 'ChatRoom', objectId: id }]);
    expect((await client().create('ChatRoom', '')).id).not.toBe(id);
    expect(await failureOf(client().create('', ''))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_OBJECT_ID',
    });
  });

  it('delete, and refuse a deletion without a type', async () => {
    await start(giving(undefined));
    expect(await client().delete('ChatRoom', 'lobby')).toEqual({});
    expect(gate.cluster.calls).toMatchObject([{ verb: 'delete', type: 'ChatRoom', objectId: 'lobby' }]);
    expect(await failureOf(client().delete('', 'ChatRoom-lobby'))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_ARGUMENT',
    });
    expect(gate.cluster.calls).toHaveLength(1);
  });
});

describe('gate.GateService ReliableCallObject', () => {
  const call = { callId: 'AAYv', type: 'Wallet', id: 'w', method: 'Pay', request: jsonAny({}) };

  it('answers OK and SKIPPED, says why, and executes nothing', async () => {
    await start(echo);
    const answer = await client().reliableCall(call);
    expect(answer).toMatchObject({ status: 'SKIPPED', response: null });
    expect(answer.error).toMatch(/exactly-once.*nothing was executed/);
    expect(gate.cluster.calls).toEqual([]);
  });

  it('answers OK and SKIPPED to whom a guard refuses', async () => {
    await start({ ...echo, providers: [{ provide: APP_GUARD, useValue: { canActivate: () => false } }] });
    expect(await client().reliableCall(call)).toMatchObject({
      status: 'SKIPPED',
      error: expect.stringMatching(/^ACCESS_DENIED: /),
    });
    expect((await failureOf(client().call('Echo', 'Echo-1', 'Echo'))).reason).toBe('ACCESS_DENIED');
    await expect(client().register()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

describe('gate.GateService Register', () => {
  it('greets with the client id alone, then brings pushes as the Any they are', async () => {
    await start();
    const { clientId, stream } = await client().register();
    expect(clientId).toMatch(new RegExp(`^${gate.runtime.address}/[\\w-]{20}$`));
    gate.cluster.push([clientId], 'ChatMessage', { text: 'hé' });
    expect(await stream.next()).toEqual(jsonAny({ text: 'hé' }, 'ChatMessage'));
  });

  it('forgets the client when its stream ends', async () => {
    await start();
    const { clientId, stream } = await client().register();
    stream.cancel();
    await gate.runtime.edge.registry.whenEmpty();
    expect(gate.cluster.push([clientId], 'X', 1).failed).toEqual([{ clientId, reason: 'CLIENT_NOT_CONNECTED' }]);
  });

  it('is told when the gate stops', async () => {
    await start();
    const { stream } = await client().register();
    const ended = stream.ended();
    await gate.runtime.stop();
    expect(await ended).toMatchObject({ code: 'UNAVAILABLE', reason: 'NOT_READY' });
  });
});

describe('pings', () => {
  it('are answered however often they come, with no word of too many', async () => {
    await start();
    const session = connectHttp2(`http://${gate.runtime.address}`);
    const goneAway: string[] = [];
    session.on('goaway', (code, _last, data) => goneAway.push(`${code} ${String(data)}`));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/gate.GateService/Register',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(Buffer.alloc(5));
    await new Promise((resolve) => stream.once('data', resolve));
    // A quiet stream, and every 30 s of an hour many times over.
    for (let round = 0; round < 200; round++) {
      await Promise.all(Array.from({ length: 5 }, () => ping(session)));
    }
    expect(goneAway).toEqual([]);
    expect([session.closed, session.destroyed, stream.closed]).toEqual([false, false, false]);
    session.destroy();
  });

  it('of a client that keeps its connection alive leave its stream open', async () => {
    await start();
    const keepsAlive = client({
      'grpc.keepalive_time_ms': 20,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.keepalive_permit_without_calls': 1,
    });
    const { clientId, stream } = await keepsAlive.register();
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(gate.cluster.push([clientId], 'X', n).failed).toEqual([]);
      expect(readJsonAny(await stream.next()).data).toBe(n);
    }
    expect(stream.open).toBe(true);
  });
});

function ping(session: ReturnType<typeof connectHttp2>): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => (error ? reject(error) : resolve()));
  });
}
