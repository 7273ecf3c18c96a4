import { afterEach, describe, expect, it } from 'vitest';
import { status } from '@grpc/grpc-js';
import type { DisconnectedClient } from '../../src/gate/index.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, deferred, json, refusal, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(() => gate.close());

const echo: TestGateOptions = { answer: (call) => json(call, argumentOf(call)) };

describe('Register', () => {
  it('first tells the client its id and token, then brings pushes in their order', async () => {
    await start();
    const registered = gate.client().register();
    const { clientId, token, resumed } = await registered.first();
    expect(clientId).toMatch(new RegExp(`^${gate.runtime.address.replaceAll('.', '\\.')}/[\\w-]{20}$`));
    expect(token).toMatch(/^[\w-]{80,}$/);
    expect(resumed).toBe(false);
    for (let i = 0; i < 300; i++)
      expect(gate.cluster.push([clientId], 'Tick', i)).toEqual({ pushId: 7, delivered: 1, failed: [] });
    for (let i = 0; i < 300; i++) expect(await registered.push()).toEqual({ type: 'Tick', data: i });
  });

  it('reports who did not get a push, and reaches all with a broadcast', async () => {
    await start();
    const [a, b] = [gate.client().register(), gate.client().register()];
    const [{ clientId: idA }, { clientId: idB }] = [await a.first(), await b.first()];
    const stranger = `${gate.runtime.address}/nobody`;
    expect(gate.cluster.push([idA, stranger, idB], 'X', 1)).toEqual({
      pushId: 7,
      delivered: 2,
      failed: [{ clientId: stranger, reason: 'CLIENT_NOT_CONNECTED' }],
    });
    expect(gate.cluster.push(undefined, 'Y', 2)).toEqual({ pushId: 7, delivered: 2, failed: [] });
    for (const client of [a, b]) {
      expect(await client.push()).toEqual({ type: 'X', data: 1 });
      expect(await client.push()).toEqual({ type: 'Y', data: 2 });
    }
  });

  it('forgets a client that goes, cancels its calls and tells the authenticator once', async () => {
    const [begun, cancelled, left] = [deferred(), deferred<unknown>(), deferred<DisconnectedClient>()];
    const told: DisconnectedClient[] = [];
    await start({
      options: {
        resumeWindowMs: 0,
        authenticator: {
          authenticate: () => ({ userId: 'ann', roles: [] }),
          onDisconnect: (client) => {
            told.push(client);
            left.resolve(client);
          },
        },
      },
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
    const [client, other] = [gate.client(), gate.client()];
    const registered = client.register({ authorization: 'x' });
    const { clientId, token } = await registered.first();
    // Over another connection, so that only the link between client and call can cancel it.
    const call = other.call('Slow-1', 'Sleep', 1, { clientId }, { 'x-client-token': token });
    const refused = refusal(call);
    await begun.promise;
    registered.cancel();
    expect(await cancelled.promise).toMatchObject({ reason: 'CANCELLED' });
    expect(await refused).toMatchObject({ code: status.CANCELLED, reason: 'CANCELLED' });
    expect(await left.promise).toMatchObject({
      clientId,
      identity: { userId: 'ann' },
      connection: { protocol: 'grpc' },
    });
    expect(gate.cluster.push([clientId], 'X', 1).failed).toEqual([{ clientId, reason: 'CLIENT_NOT_CONNECTED' }]);
    expect(gate.runtime.edge.registry.size).toBe(0);
    expect(told).toHaveLength(1);
  });

  it('refuses with exactly one status whom the authenticator does not know', async () => {
    await start({ options: { authenticator: { authenticate: () => null } } });
    const registered = gate.client().register();
    const { code, metadata } = await registered.status;
    expect([code, metadata.get('goverse-reason')[0]]).toEqual([status.UNAUTHENTICATED, 'UNAUTHENTICATED']);
    expect(gate.runtime.edge.registry.size).toBe(0);
  });

  it('gives calls of a registered client its identity', async () => {
    await start({
      ...echo,
      options: {
        authenticator: {
          authenticate: ({ authorization }) => (authorization ? { userId: authorization, roles: [] } : null),
        },
      },
    });
    const client = gate.client();
    const { clientId } = await client.register({ authorization: 'ann' }).first();
    await client.call('Echo-1', 'Say', 1, { clientId });
    expect(gate.cluster.calls[0]).toMatchObject({ clientId, caller: { userId: 'ann', roles: [] } });
  });
});

describe('a client that never reads', () => {
  it('has its pushes refused when its queue is full, and nobody else notices', async () => {
    await start({ ...echo, options: { clientQueueLimit: 50 } });
    const [lazy, busy] = [gate.client(), gate.client()];
    const sleeping = lazy.register();
    const { clientId } = await sleeping.first();
    sleeping.stream.pause();
    const reader = busy.register();
    const { clientId: readerId } = await reader.first();
    const text = 'x'.repeat(64 * 1024);
    let refused = 0;
    for (let i = 0; refused < 3 && i < 20_000; i++) {
      refused += gate.cluster.push([clientId], 'Big', text).failed.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(refused).toBe(3);
    expect(gate.cluster.push([clientId], 'Big', text).failed).toEqual([{ clientId, reason: 'QUEUE_FULL' }]);
    expect(gate.cluster.push([readerId], 'Small', 1).delivered).toBe(1);
    expect(await reader.push()).toEqual({ type: 'Small', data: 1 });
    expect(await busy.call('Echo-1', 'Say', 'hi')).toBe('hi');
  });
});

describe('client ids in calls', () => {
  it('count on the connection that registered them', async () => {
    await start(echo);
    const client = gate.client();
    const { clientId } = await client.register().first();
    await client.call('Echo-1', 'Say', 1, { clientId });
    expect(gate.cluster.calls[0]!.clientId).toBe(clientId);
  });

  it('count elsewhere with the token only', async () => {
    await start(echo);
    const { clientId, token } = await gate.client().register().first();
    const other = gate.client();
    await other.call('Echo-1', 'Say', 1, { clientId }, { 'x-client-token': token });
    expect(gate.cluster.calls[0]!.clientId).toBe(clientId);
    const foreign = { code: status.PERMISSION_DENIED, reason: 'CLIENT_ID_NOT_YOURS' };
    expect(await refusal(other.call('Echo-1', 'Say', 1, { clientId }))).toMatchObject(foreign);
    expect(
      await refusal(other.call('Echo-1', 'Say', 1, { clientId }, { 'x-client-token': `${token}x` })),
    ).toMatchObject(foreign);
    expect(
      await refusal(other.call('Echo-1', 'Say', 1, { clientId: 'localhost:1/abc' }, { 'x-client-token': token })),
    ).toMatchObject(foreign);
    expect(gate.cluster.calls).toHaveLength(1);
  });

  it("are nobody's any more when their client has gone", async () => {
    await start(echo);
    const client = gate.client();
    const registered = client.register();
    const { clientId, token } = await registered.first();
    const left = new Promise<void>((resolve) => {
      const { registry } = gate.runtime.edge;
      const look = () => (registry.size === 0 ? resolve() : setImmediate(look));
      look();
    });
    registered.cancel();
    await left;
    const refused = await refusal(client.call('Echo-1', 'Say', 1, { clientId }, { 'x-client-token': token }));
    expect(refused.reason).toBe('CLIENT_ID_NOT_YOURS');
  });

  it('need the token even on their own connection when bindClientIds is token', async () => {
    await start({ ...echo, options: { bindClientIds: 'token' } });
    const client = gate.client();
    const { clientId, token } = await client.register().first();
    expect((await refusal(client.call('Echo-1', 'Say', 1, { clientId }))).reason).toBe('CLIENT_ID_NOT_YOURS');
    expect(await client.call('Echo-1', 'Say', 1, { clientId }, { 'x-client-token': token })).toBe(1);
  });
});
