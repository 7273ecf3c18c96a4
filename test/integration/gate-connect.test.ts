import { afterEach, describe, expect, it } from 'vitest';
import { compressionAlgorithms, status } from '@grpc/grpc-js';
import type { ConnectStream, Frame } from './connect-fixture.js';
import { call, connectTo, valueOf } from './connect-fixture.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, codec, deferred, json, startTestGate } from './gate-fixture.js';
import { packAny } from '../../src/core/index.js';

let gate: TestGate;
const streams: ConnectStream[] = [];
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
const connect = (headers?: Record<string, string>) => {
  const stream = connectTo(gate, headers);
  streams.push(stream);
  return stream;
};
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await gate.close();
});

const echo: TestGateOptions = { answer: (request) => json(request, argumentOf(request)) };
const pushOf = ({ push }: Frame) => ({
  seq: push!.pushSeq,
  ...codec.decodePush(packAny(push!.message.type_url, push!.message.value)),
});
const bySeq = (frames: Frame[]) => frames.toSorted((a, b) => a.seq - b.seq);

describe('Connect', () => {
  it('answers calls, creates and deletes by their seq, before and after it registers', async () => {
    await start({
      answer: (request) =>
        request.verb === 'create' ? { ...json(request, undefined), created: true } : json(request, argumentOf(request)),
    });
    const stream = connect();
    stream.send(call(1, 'Echo-1', 'Say', { hi: 1 }), call(2, 'Echo-1', 'Nothing'));
    expect((await stream.take(2)).map((frame) => [frame.seq, valueOf(frame)])).toEqual([
      [1, { hi: 1 }],
      [2, undefined],
    ]);
    const { clientId, token } = await stream.register(3);
    expect(clientId.startsWith(`${gate.runtime.address}/`)).toBe(true);
    expect(token.length).toBeGreaterThan(40);
    stream.send(
      { seq: 4, create: { objectId: 'Echo-2', payload: Buffer.from('5') } },
      { seq: 5, delete: { objectId: 'Echo-2' } },
    );
    const [created, deleted] = await stream.take(2);
    expect(created).toMatchObject({ seq: 4, result: { objectId: 'Echo-2', created: true } });
    expect(deleted).toMatchObject({ seq: 5, result: { objectId: '', created: false } });
    expect(gate.cluster.calls.map(({ verb, clientId: from }) => [verb, from])).toEqual([
      ['call', undefined],
      ['call', undefined],
      ['create', clientId],
      ['delete', clientId],
    ]);
  });

  it('begins calls in the order they were sent, and lets results overtake each other', async () => {
    const first = deferred();
    await start({
      answer: async (request) => {
        if (argumentOf(request) === 0) await first.promise;
        return json(request, argumentOf(request));
      },
    });
    const stream = connect();
    const count = 500;
    stream.send(...Array.from({ length: count }, (_, n) => call(n + 1, 'Echo-1', 'Say', n)));
    expect((await stream.take(count - 1)).map(valueOf)).toEqual(Array.from({ length: count - 1 }, (_, n) => n + 1));
    expect(gate.cluster.calls.map(argumentOf)).toEqual(Array.from({ length: count }, (_, n) => n));
    first.resolve();
    expect(await stream.next()).toMatchObject({ seq: 1 });
  });

  it('keeps what comes behind a registration until the authenticator has spoken', async () => {
    const asked = deferred();
    const allowed = deferred();
    await start({
      answer: (request, signal) => {
        if (argumentOf(request) === 1) return json(request, 1);
        if (signal.aborted) throw signal.reason as Error;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
      options: {
        authenticator: {
          authenticate: async ({ authorization }) => {
            asked.resolve();
            await allowed.promise;
            return { userId: String(authorization), roles: [] };
          },
        },
      },
    });
    const stream = connect();
    stream.send(
      { seq: 1, register: { accessToken: 'abc' } },
      call(2, 'Echo-1', 'Say', 1),
      call(3, 'Echo-1', 'Say', 2),
      { seq: 3, cancel: {} },
    );
    await asked.promise;
    expect(gate.cluster.calls).toEqual([]);
    allowed.resolve();
    const [registered, ...results] = await stream.take(3);
    const { clientId } = registered!.registered!;
    expect(bySeq(results)).toMatchObject([
      { seq: 2, result: {} },
      { seq: 3, error: { reason: 'CANCELLED', code: status.CANCELLED } },
    ]);
    expect(gate.cluster.calls[0]).toMatchObject({ clientId, caller: { userId: 'Bearer abc' } });
  });

  it('asks the authenticator once for the credentials of a stream', async () => {
    const asked: unknown[] = [];
    await start({
      ...echo,
      options: {
        authenticator: {
          authenticate: ({ authorization }) => (asked.push(authorization), { userId: 'ann', roles: [] }),
        },
      },
    });
    const stream = connect({ authorization: 'me' });
    stream.send(...[1, 2, 3].map((seq) => call(seq, 'Echo-1', 'Say', seq)));
    await stream.take(3);
    await stream.register();
    stream.send(call(4, 'Echo-1', 'Say', 4));
    await stream.next();
    expect(asked).toEqual(['me']);
    expect(gate.cluster.calls.map(({ caller }) => caller?.userId)).toEqual(['ann', 'ann', 'ann', 'ann']);
  });

  it('refuses a registration with an error, and the stream goes on', async () => {
    await start({
      ...echo,
      options: {
        authenticator: {
          authenticate: ({ authorization }) => (authorization === 'Bearer good' ? { userId: 'ann', roles: [] } : null),
        },
      },
    });
    const stream = connect();
    stream.send({ seq: 1, register: { accessToken: 'bad' } });
    expect(await stream.next()).toMatchObject({
      seq: 1,
      error: { reason: 'UNAUTHENTICATED', code: status.UNAUTHENTICATED },
    });
    stream.send({ seq: 2, register: { accessToken: 'good' } });
    expect(await stream.next()).toMatchObject({ seq: 2, frame: 'registered' });
  });

  it('brings pushes in order with their numbers, beside the answers', async () => {
    await start(echo);
    const stream = connect();
    const { clientId } = await stream.register();
    for (let n = 1; n <= 300; n++) expect(gate.cluster.push([clientId], 'Tick', n).delivered).toBe(1);
    const pushes = await stream.take(300);
    expect(pushes.map(pushOf)).toEqual(
      Array.from({ length: 300 }, (_, n) => ({ seq: n + 1, type: 'Tick', data: n + 1 })),
    );
    expect(pushes.every(({ seq }) => seq === 0)).toBe(true);
    stream.send({ ack: { pushSeq: 300 } }, { seq: 9, ping: {} });
    expect(await stream.next()).toMatchObject({ seq: 9, frame: 'pong' });
  });

  it('cancels a call by its seq, and what is not open not at all', async () => {
    const cancelled = deferred<unknown>();
    await start({
      answer: (_request, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            cancelled.resolve(signal.reason);
            reject(signal.reason as Error);
          }),
        ),
    });
    const stream = connect();
    stream.send({ seq: 7, cancel: {} }, { cancel: {} }, call(7, 'Slow-1', 'Sleep'), { seq: 7, cancel: {} });
    expect(await stream.next()).toMatchObject({ seq: 7, error: { reason: 'CANCELLED', code: status.CANCELLED } });
    expect(await cancelled.promise).toMatchObject({ reason: 'CANCELLED' });
    stream.send({ seq: 8, ping: {} });
    expect(await stream.next()).toMatchObject({ seq: 8, frame: 'pong' });
  });

  it('ends a call by its own deadline', async () => {
    await start({
      answer: (_request, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    const stream = connect();
    stream.send(call(1, 'Slow-1', 'Sleep', 1, { timeoutMs: 20 }));
    expect(await stream.next()).toMatchObject({
      seq: 1,
      error: { reason: 'DEADLINE_EXCEEDED', code: status.DEADLINE_EXCEEDED },
    });
  });

  it('refuses bad frames one by one', async () => {
    const release = deferred();
    await start({
      answer: async (request) => {
        if (request.method === 'Hold') await release.promise;
        return json(request, 'done');
      },
    });
    const stream = connect();
    stream.send(call(1, 'Slow-1', 'Hold'), call(1, 'Slow-1', 'Again'), call(0, 'Echo-1', 'Say'), {}, { seq: 5 });
    const invalid = { reason: 'INVALID_ARGUMENT', code: status.INVALID_ARGUMENT };
    const refusals = await stream.take(4);
    expect(refusals).toMatchObject([
      { seq: 0, error: invalid },
      { seq: 0, error: invalid },
      { seq: 0, error: invalid },
      { seq: 5, error: invalid },
    ]);
    expect(JSON.parse(refusals[0]!.error!.detailsJson)).toEqual({ seq: 1 });
    await stream.register(6);
    stream.send(
      { seq: 7, register: {} },
      call(8, 'nodash', 'Say'),
      call(9, 'Echo-1', 'Say', 1, { clientId: `${gate.runtime.address}/somebody` }),
    );
    expect(bySeq(await stream.take(3))).toMatchObject([
      { seq: 7, error: invalid },
      { seq: 8, error: { reason: 'INVALID_OBJECT_ID' } },
      { seq: 9, error: { reason: 'CLIENT_ID_NOT_YOURS', code: status.PERMISSION_DENIED } },
    ]);
    release.resolve();
    expect(await stream.next()).toMatchObject({ seq: 1, result: {} });
    expect(gate.cluster.calls.map(({ method }) => method)).toEqual(['Hold']);
  });

  it('ends with one status when it brings bytes that are no frame, and nobody else notices', async () => {
    await start(echo);
    const [bad, good] = [connect(), connect()];
    await good.register();
    const raw = gate.client();
    const ended = await raw.rawStream('/goverse.client.ClientService/Connect', [Buffer.from([8, 1, 0x1a, 0xff])]);
    expect([ended.code, ended.metadata.get('goverse-reason')[0]]).toEqual([
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
    ]);
    for (const stream of [bad, good]) {
      stream.send(call(1, 'Echo-1', 'Say', 1));
      expect(valueOf(await stream.next())).toBe(1);
    }
  });

  it('refuses what is too large by itself, and ends for what is far too large', async () => {
    await start({ ...echo, options: { maxPayloadBytes: 1_000 } });
    const stream = connect();
    stream.send(call(1, 'Echo-1', 'Say', 'x'.repeat(2_000)), call(2, 'Echo-1', 'Say', 'fits'));
    expect(bySeq(await stream.take(2))).toMatchObject([
      { seq: 1, error: { reason: 'PAYLOAD_TOO_LARGE', code: status.RESOURCE_EXHAUSTED } },
      { seq: 2, result: {} },
    ]);
    stream.send(call(3, 'Echo-1', 'Say', 'x'.repeat(200_000)));
    expect((await stream.status).code).toBe(status.RESOURCE_EXHAUSTED);
    await until(() => gate.runtime.edge.exchanges.size === 0);
  });

  it('refuses more than 1024 open requests with OVERLOADED', async () => {
    const release = deferred();
    await start({
      answer: async (request) => {
        await release.promise;
        return json(request, null);
      },
    });
    const stream = connect();
    stream.send(...Array.from({ length: 1_025 }, (_, n) => call(n + 1, 'Slow-1', 'Hold')));
    expect(await stream.next()).toMatchObject({
      seq: 1_025,
      error: { reason: 'OVERLOADED', code: status.RESOURCE_EXHAUSTED, retryAfterMs: 100 },
    });
    release.resolve();
    expect(await stream.take(1_024)).toHaveLength(1_024);
    stream.send(call(1, 'Echo-1', 'Again'));
    expect(await stream.next()).toMatchObject({ seq: 1, result: {} });
  });

  it('answers what runs when its client half-closes, then ends with OK', async () => {
    const release = deferred();
    await start({
      answer: async (request) => {
        await release.promise;
        return json(request, 'done');
      },
    });
    const stream = connect();
    stream.send(call(1, 'Slow-1', 'Hold'));
    stream.stream.end();
    await until(() => gate.cluster.calls.length === 1);
    release.resolve();
    expect(valueOf(await stream.next())).toBe('done');
    expect((await stream.status).code).toBe(status.OK);
    await until(() => gate.runtime.edge.exchanges.size === 0);
  });

  it('answers what came behind a registration when its client half-closes meanwhile', async () => {
    await start(echo);
    const stream = connect();
    stream.send({ seq: 1, register: {} }, call(2, 'Echo-1', 'Say', 'two'), { seq: 3, cancel: {} });
    stream.send(call(4, 'Echo-1', 'Say', 'four'), call(5, 'no id', 'Say'), call(6, 'Echo-1', 'Say', 'six'));
    stream.stream.end();
    const [registered, ...answers] = await stream.take(5);
    expect(registered).toMatchObject({ seq: 1, registered: {} });
    expect(bySeq(answers).map(({ seq, frame }) => [seq, frame])).toEqual([
      [2, 'result'],
      [4, 'result'],
      [5, 'error'],
      [6, 'result'],
    ]);
    expect((await stream.status).code).toBe(status.OK);
  });

  it('reads frames that its client has compressed', async () => {
    await start(echo);
    const stream = connectTo(gate, {}, { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip });
    streams.push(stream);
    const texts = Array.from({ length: 20 }, (_, n) => 'long '.repeat(n * 50));
    stream.send(...texts.map((text, n) => call(n + 1, 'Echo-1', 'Say', text)));
    expect(bySeq(await stream.take(20)).map(valueOf)).toEqual(texts);
  });

  it('forgets a client that goes and cancels its calls', async () => {
    const cancelled = deferred<unknown>();
    await start({
      options: { resumeWindowMs: 0 },
      answer: (_request, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => (cancelled.resolve(signal.reason), reject(signal.reason as Error))),
        ),
    });
    const stream = connect();
    const { clientId } = await stream.register();
    stream.send(call(1, 'Slow-1', 'Sleep'));
    await until(() => gate.cluster.calls.length === 1);
    stream.close();
    expect(await cancelled.promise).toMatchObject({ reason: 'CANCELLED' });
    await until(() => gate.runtime.edge.exchanges.size === 0);
    expect(gate.cluster.push([clientId], 'X', 1).failed).toMatchObject([{ clientId }]);
  });

  it('tells its clients to go elsewhere when the gate stops, answers what runs, then ends', async () => {
    const release = deferred();
    await start({
      answer: async (request) => {
        await release.promise;
        return json(request, 'done');
      },
    });
    const [registered, stranger] = [connect(), connect()];
    const { clientId } = await registered.register();
    stranger.send({ seq: 1, ping: {} });
    await stranger.next();
    registered.send(call(1, 'Slow-1', 'Hold'));
    await until(() => gate.cluster.calls.length === 1);
    const stopped = gate.runtime.stop();
    const away = await registered.next();
    expect(away).toMatchObject({ seq: 0, frame: 'goingAway' });
    expect(away.goingAway!.reconnectAfterMs).toBeLessThanOrEqual(1_000);
    expect(await stranger.next()).toMatchObject({ frame: 'goingAway' });
    expect(await stranger.status).toMatchObject({ code: status.UNAVAILABLE });
    registered.send(call(2, 'Slow-1', 'Late'));
    expect(await registered.next()).toMatchObject({ seq: 2, error: { reason: 'NOT_READY', code: status.UNAVAILABLE } });
    expect(gate.cluster.push([clientId], 'Last', 1).delivered).toBe(1);
    expect(pushOf(await registered.next())).toMatchObject({ type: 'Last', data: 1 });
    release.resolve();
    expect(valueOf(await registered.next())).toBe('done');
    const { code, metadata } = await registered.status;
    expect([code, metadata.get('goverse-reason')[0]]).toEqual([status.UNAVAILABLE, 'NOT_READY']);
    await stopped;
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
