import { afterEach, describe, expect, it } from 'vitest';
import { UnauthorizedException } from '@nestjs/common';
import { fileURLToPath } from 'node:url';
import type { ChannelCredentials, Client, ClientDuplexStream } from '@grpc/grpc-js';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { GoverseError, goverseError } from '../../src/core/index.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, deferred, json, refusal, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(() => gate.close());

const anonymous = { answer: (call: Parameters<typeof argumentOf>[0]) => json(call, argumentOf(call)) };

describe('ClientService', () => {
  it('forwards a call with everything the node needs to know', async () => {
    await start(anonymous);
    const before = Date.now();
    expect(await gate.client().call('Echo-1', 'Say', { text: 'ä' }, { timeoutMs: 5_000 })).toEqual({ text: 'ä' });
    const call = gate.cluster.calls[0]!;
    expect(call).toMatchObject({
      verb: 'call',
      objectId: 'Echo-1',
      method: 'Say',
      isFromClient: true,
      idempotent: false,
      chain: [],
    });
    expect(call.payload.kind).toBe('opaque');
    expect(call.clientId).toBeUndefined();
    expect(call.caller).toBeUndefined();
    expect(call.callId).toMatch(/^[\w-]{20}$/);
    expect(call.deadline).toBeGreaterThanOrEqual(before + 5_000);
    expect(call.deadline).toBeLessThan(Date.now() + 5_001);
  });

  it('answers a method without a result with empty bytes, and passes a missing argument on as one', async () => {
    await start({ answer: (call) => json(call, argumentOf(call)) });
    expect(await gate.client().call('Echo-1', 'Say', undefined)).toBeUndefined();
  });

  it('creates and deletes', async () => {
    await start({ answer: (call) => ({ ...json(call, undefined), created: call.verb === 'create' }) });
    const client = gate.client();
    const created = await client.unary('CreateObject', { type: 'Room', objectId: 'Room-a', payload: Buffer.from('5') });
    expect(created).toEqual({ objectId: 'Room-a', created: true });
    expect(await client.unary('DeleteObject', { type: 'Room', objectId: 'Room-a' })).toEqual({});
    expect(gate.cluster.calls.map(({ verb, type }) => [verb, type])).toEqual([
      ['create', 'Room'],
      ['delete', 'Room'],
    ]);
  });

  it('keeps the order of calls of one client', async () => {
    await start(anonymous);
    const client = gate.client();
    await Promise.all(Array.from({ length: 200 }, (_, i) => client.call('Echo-1', 'Say', i)));
    expect(gate.cluster.calls.map(argumentOf)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it('uses the earlier one of timeout_ms and the gRPC deadline', async () => {
    await start(anonymous);
    const deadline = Date.now() + 3_000;
    await gate.client().unary('CallObject', { objectId: 'Echo-1', method: 'Say', timeoutMs: 60_000 }, {}, { deadline });
    expect(Math.abs(gate.cluster.calls[0]!.deadline - deadline)).toBeLessThan(500);
  });

  it('gives up at the deadline even if nobody answers', async () => {
    await start({
      answer: (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    const refused = await refusal(gate.client().call('Slow-1', 'Sleep', 1, { timeoutMs: 50 }));
    expect(refused).toMatchObject({ code: status.DEADLINE_EXCEEDED, reason: 'DEADLINE_EXCEEDED' });
  });

  it('passes a cancellation on', async () => {
    const [begun, cancelled] = [deferred(), deferred<unknown>()];
    await start({
      answer: (_call, signal) => {
        begun.resolve();
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            cancelled.resolve(signal.reason);
            reject(signal.reason as Error);
          });
        });
      },
    });
    const call = gate.client().start('CallObject', { objectId: 'Slow-1', method: 'Sleep' });
    await begun.promise;
    call.cancel();
    expect((await refusal(call.answer)).code).toBe(status.CANCELLED);
    expect(await cancelled.promise).toMatchObject({ reason: 'CANCELLED' });
    await gate.runtime.edge.calls.whenIdle();
  });
});

describe('errors of ClientService', () => {
  it('passes an error of the application on unchanged, with details', async () => {
    const error = new GoverseError({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      message: 'The room has 5 members',
      details: { limit: 5 },
    });
    await start({ answer: () => Promise.reject(error) });
    const refused = await refusal(gate.client().call('Room-1', 'Join', 1));
    expect(refused).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'ROOM_FULL',
      message: 'The room has 5 members',
    });
    expect(JSON.parse(String(refused.metadata.get('goverse-details-bin')[0]))).toEqual({ limit: 5 });
  });

  it('hides what a method threw without meaning it for clients, and gives the call id to look it up', async () => {
    await start({ answer: () => Promise.reject(goverseError('METHOD_FAILED', 'TypeError: password of db is wrong')) });
    const refused = await refusal(gate.client().call('Room-1', 'Join', 1));
    expect(refused).toMatchObject({ code: status.UNKNOWN, reason: 'METHOD_FAILED', message: 'internal error' });
    expect(JSON.parse(String(refused.metadata.get('goverse-details-bin')[0]))).toEqual({
      traceId: gate.cluster.calls[0]!.callId,
    });
  });

  it('hides faults of the gate itself', async () => {
    await start({ answer: () => Promise.reject(new TypeError('x is undefined')) });
    expect(await refusal(gate.client().call('Room-1', 'Join', 1))).toMatchObject({
      reason: 'METHOD_FAILED',
      message: 'internal error',
    });
  });

  it('says after how long an overloaded object may be asked again', async () => {
    await start({
      answer: () => Promise.reject(goverseError('OVERLOADED', 'too many', { details: { retryAfterMs: 1500 } })),
    });
    const refused = await refusal(gate.client().call('Room-1', 'Join', 1));
    expect(refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' });
    expect(refused.metadata.get('retry-after-ms')).toEqual(['1500']);
  });

  it.each([
    ['', 'INVALID_OBJECT_ID', {}],
    ['no dash'.replace(' ', '_'), 'INVALID_OBJECT_ID', {}],
    ['x'.repeat(300), 'INVALID_OBJECT_ID', {}],
    ['shard#8192/Room-1', 'INVALID_OBJECT_ID', {}],
    ['Room-\u0007', 'INVALID_OBJECT_ID', {}],
    ['free text', 'INVALID_OBJECT_ID', { type: 'not a type' }],
    ['Room-1', 'INVALID_ARGUMENT', { method: '' }],
  ])('refuses the id %j with %s before it leaves the gate', async (objectId, reason, more) => {
    await start();
    const refused = await refusal(gate.client().call(objectId, 'Join', 1, more));
    expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT, reason });
    expect(gate.cluster.calls).toHaveLength(0);
  });

  it('refuses a payload above maxPayloadBytes with a reason, and a far larger one all the same', async () => {
    await start({ options: { maxPayloadBytes: 100_000 } });
    const client = gate.client();
    const little = refusal(
      client.unary('CallObject', { objectId: 'Room-1', method: 'Join', payload: Buffer.alloc(100_001) }),
    );
    expect(await little).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'PAYLOAD_TOO_LARGE' });
    const much = refusal(
      client.unary('CallObject', { objectId: 'Room-1', method: 'Join', payload: Buffer.alloc(2 ** 21) }),
    );
    expect((await much).code).toBe(status.RESOURCE_EXHAUSTED);
    await client.unary('CallObject', { objectId: 'Room-1', method: 'Join', payload: Buffer.alloc(100_000) });
    expect(gate.cluster.calls).toHaveLength(1);
  });

  it('refuses placed ids when clients may not choose a place', async () => {
    await start({ options: { clientPlacedIds: 'deny' } });
    for (const objectId of ['shard#5/Room-1', '10.0.0.1:47000/Room-1']) {
      expect(await refusal(gate.client().call(objectId, 'Join', 1))).toMatchObject({
        code: status.PERMISSION_DENIED,
        reason: 'ACCESS_DENIED',
      });
    }
    await gate.client().call('Room-1', 'Join', 1);
  });

  it('answers garbage instead of a message with one status and lives on', async () => {
    await start(anonymous);
    const client = gate.client();
    const garbage = client.raw('/goverse.client.ClientService/CallObject', Buffer.from([0xff, 0xff, 0xff, 0x07]));
    expect((await refusal(garbage)).code).toBe(status.INTERNAL);
    const unknown = client.raw('/goverse.client.ClientService/Nothing', Buffer.alloc(0));
    expect((await refusal(unknown)).code).toBe(status.UNIMPLEMENTED);
    expect(await client.call('Echo-1', 'Say', 1)).toBe(1);
  });
});

describe('authentication of calls', () => {
  const authenticator = {
    authenticate: ({ authorization }: { authorization?: string | undefined }) => {
      if (authorization === 'throw') throw new UnauthorizedException('token expired');
      return authorization ? { userId: authorization, roles: ['member'] } : null;
    },
  };

  it('puts the identity into the call', async () => {
    await start({ options: { authenticator } });
    await gate.client().call('Room-1', 'Join', 1, {}, { authorization: 'ann' });
    expect(gate.cluster.calls[0]!.caller).toEqual({ userId: 'ann', roles: ['member'] });
  });

  it('refuses whom the authenticator does not know', async () => {
    await start({ options: { authenticator } });
    expect(await refusal(gate.client().call('Room-1', 'Join', 1))).toMatchObject({
      code: status.UNAUTHENTICATED,
      reason: 'UNAUTHENTICATED',
    });
    const thrown = await refusal(gate.client().call('Room-1', 'Join', 1, {}, { authorization: 'throw' }));
    expect(thrown).toMatchObject({ reason: 'UNAUTHENTICATED', message: 'token expired' });
    expect(gate.cluster.calls).toHaveLength(0);
  });

  it('gives up on an authenticator that never answers', async () => {
    await start({ options: { authenticator: { authenticate: () => new Promise(() => {}) } } });
    expect(await refusal(gate.client().call('Room-1', 'Join', 1, { timeoutMs: 50 }))).toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
  });
});

describe('reflection', () => {
  const listServices = async (reflection: boolean) => {
    await start({ options: { reflection } });
    const file = fileURLToPath(import.meta.resolve('@grpc/reflection')).replace(
      /src\/index\.js$/,
      'proto/grpc/reflection/v1/reflection.proto',
    );
    const { grpc } = loadPackageDefinition(loadSync(file)) as unknown as ReflectionPackage;
    const client = new grpc.reflection.v1.ServerReflection(gate.runtime.address, credentials.createInsecure());
    const stream = client.ServerReflectionInfo();
    try {
      return await new Promise<string[]>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('data', ({ listServicesResponse }: ServiceList) =>
          resolve(listServicesResponse.service.map(({ name }) => name)),
        );
        stream.write({ host: '', listServices: '' });
      });
    } finally {
      stream.cancel();
      client.close();
    }
  };

  it('names the service to tools', async () => {
    expect((await listServices(true)).toSorted()).toEqual(['gate.GateService', 'goverse.client.ClientService']);
  });

  it('can be switched off', async () => {
    await expect(listServices(false)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

interface ServiceList {
  listServicesResponse: { service: { name: string }[] };
}

interface ReflectionPackage {
  grpc: {
    reflection: {
      v1: { ServerReflection: new (address: string, credentials: ChannelCredentials) => ReflectionClient };
    };
  };
}

type ReflectionClient = Client & { ServerReflectionInfo(): ClientDuplexStream<object, ServiceList> };
