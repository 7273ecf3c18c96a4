import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFailed } from 'vitest';
import { status } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { RawWebSocket, WebSocketRefusal, upgradedSocket, webSocketFrame } from '../support/raw-websocket.js';
import { SeededRandom } from '../support/seeded-random.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, deferred, json, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const open: (() => void)[] = [];
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
const url = (query = '') => `${gate.http.replace('http', 'ws')}/v1/connect${query}`;
const connect = async (protocols: string[] = [], options: object = {}, query = '') => {
  const socket = await RawWebSocket.open(url(query), protocols, options);
  open.push(() => socket.close());
  return socket;
};
const connectRaw = async () => {
  const socket = await upgradedSocket(gate.http);
  open.push(() => socket.destroy());
  return socket;
};
afterEach(async () => {
  for (const close of open.splice(0)) close();
  await gate.close();
});

const echo: TestGateOptions = {
  answer: (request) => ({ ...json(request, argumentOf(request)), ...(request.verb === 'create' && { created: true }) }),
};
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('the WebSocket', () => {
  it('carries the frames in the JSON of proto3', async () => {
    await start(echo);
    const socket = await connect();
    expect(socket.socket.protocol).toBe('');
    const { clientId, token, resumed } = await socket.register(1);
    expect([clientId.startsWith(`${gate.runtime.address}/`), token.length > 40, resumed]).toEqual([true, true, false]);
    socket.send({ seq: 2, call: { objectId: 'Echo-1', method: 'Say', payload: base64({ hi: 'ж' }) } });
    expect(await socket.next()).toEqual({ seq: 2, result: { payload: base64({ hi: 'ж' }) } });
    socket.send({ seq: 3, call: { object_id: 'Echo-1', method: 'Say' } });
    expect(await socket.next()).toEqual({ seq: 3, result: { payload: '' } });
    socket.send(
      { seq: 4, create: { objectId: 'Echo-2' } },
      { seq: 5, delete: { objectId: 'Echo-2' } },
      { seq: 6, ping: {} },
    );
    expect((await socket.take(3)).toSorted((a, b) => a.seq - b.seq)).toEqual([
      { seq: 4, result: { objectId: 'Echo-2', created: true } },
      { seq: 5, result: {} },
      { seq: 6, pong: {} },
    ]);
    gate.cluster.push([clientId], 'ChatMessage', { text: 'hi' });
    const message = {
      '@type': 'type.googleapis.com/goverse.JsonMessage',
      type: 'ChatMessage',
      json: base64({ text: 'hi' }),
    };
    expect(await socket.next()).toEqual({ seq: 0, push: { pushSeq: '1', message } });
    socket.send({ ack: { pushSeq: '1' } }, { seq: 7, call: { objectId: 'nodash', method: 'Say' } });
    expect(await socket.next()).toEqual({
      seq: 7,
      error: {
        reason: 'INVALID_OBJECT_ID',
        code: status.INVALID_ARGUMENT,
        message: expect.any(String),
        detailsJson: '',
      },
    });
    expect(gate.cluster.calls.map((request) => request.clientId)).toEqual(Array(4).fill(clientId));
  });

  it('carries plain JSON with the subprotocol goverse.json', async () => {
    await start(echo);
    const socket = await connect(['unknown', 'goverse.json']);
    expect(socket.socket.protocol).toBe('goverse.json');
    const { clientId } = await socket.register(1);
    for (const [n, payload] of [{ a: [1] }, 'text', null, 5].entries()) {
      socket.send({ seq: n + 2, call: { objectId: 'Echo-1', method: 'Say', payload } });
      expect(await socket.next()).toEqual({ seq: n + 2, result: { payload } });
    }
    socket.send({ seq: 9, call: { objectId: 'Echo-1', method: 'Say' } });
    expect(await socket.next()).toEqual({ seq: 9, result: {} });
    gate.cluster.push([clientId], 'ChatMessage', { text: 'hi' });
    expect(await socket.next()).toEqual({
      seq: 0,
      push: { pushSeq: 1, message: { type: 'ChatMessage', data: { text: 'hi' } } },
    });
    const hold = { objectId: 'Echo-1', method: 'Say' };
    socket.send({ seq: 0, call: hold });
    expect(await socket.next()).toMatchObject({ seq: 0, error: { reason: 'INVALID_ARGUMENT', code: 3 } });
    expect(gate.cluster.calls.every(({ payload }) => payload.kind === 'json')).toBe(true);
  });

  it('takes JSON for a payload without the subprotocol too, and answers it in kind', async () => {
    await start(echo);
    const socket = await connect();
    socket.send({ seq: 1, call: { objectId: 'Echo-1', method: 'Say', payload: { a: 1 } } });
    expect(await socket.next()).toEqual({ seq: 1, result: { payload: { a: 1 } } });
    socket.send({ seq: 2, call: { objectId: 'Echo-1', method: 'Say', payload: 'not base64!' } });
    expect(await socket.next()).toMatchObject({
      seq: 2,
      error: { reason: 'INVALID_ARGUMENT', message: expect.stringContaining('goverse.json') },
    });
  });

  it('takes the token from the header, the query or the first frame', async () => {
    const authenticate = ({ authorization }: { authorization?: string }) =>
      authorization ? { userId: authorization, roles: [] } : null;
    await start({ ...echo, options: { authenticator: { authenticate } } });
    const call = { seq: 9, call: { objectId: 'Echo-1', method: 'Say' } };
    for (const socket of [
      await connect([], { headers: { authorization: 'Bearer a' } }),
      await connect([], {}, '?access_token=b'),
    ]) {
      socket.send(call);
      expect(await socket.next()).toMatchObject({ seq: 9, result: {} });
    }
    const socket = await connect();
    socket.send({ seq: 1, register: { accessToken: 'c' } }, call);
    await socket.take(2);
    expect(gate.cluster.calls.map(({ caller }) => caller?.userId)).toEqual(['Bearer a', 'Bearer b', 'Bearer c']);
  });

  it('is refused as a problem document', async () => {
    await start({ ...echo, options: { cors: ['https://chat.example'] } });
    const refused = async (opening: Promise<unknown>): Promise<WebSocketRefusal> => {
      const outcome = await opening.catch((error: unknown) => error);
      if (outcome instanceof WebSocketRefusal) return outcome;
      throw new Error('It was opened', { cause: outcome });
    };
    const foreign = await refused(connect([], { origin: 'https://evil.example' }));
    expect([foreign.status, foreign.problem['reason']]).toEqual([403, 'ACCESS_DENIED']);
    await connect([], { origin: 'https://chat.example' });
    const plain = await fetch(`${gate.http}/v1/connect`);
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect((await fetch(`${gate.http}/v1/connect`, { method: 'POST' })).status).toBe(405);
    const elsewhere = await refused(RawWebSocket.open(url().replace('connect', 'other')));
    expect(elsewhere.status).toBe(404);
    const { hostname, port, host } = new URL(gate.http);
    const keyless = connectTcp(Number(port), hostname);
    open.push(() => keyless.destroy());
    keyless.write(`GET /v1/connect HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`);
    const answer = await readUntil(keyless, /\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(answer).toContain('INVALID_ARGUMENT');
  });

  it('runs the guards of the application around the upgrade and around every frame', async () => {
    const seen: string[] = [];
    @Injectable()
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const type = context.getType<string>();
        seen.push(`${type} ${context.getHandler().name}`);
        if (type === 'http')
          return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-no'] === undefined;
        const client = context.switchToWs().getClient<{ headers: Record<string, string> }>();
        return (
          client.headers['x-ok'] === 'yes' &&
          context.switchToWs().getData<{ objectId: string }>().objectId !== 'Echo-secret'
        );
      }
    }
    await start({ ...echo, providers: [{ provide: APP_GUARD, useClass: Guard }] });
    const refused = await connect([], { headers: { 'x-no': '1' } }).catch(
      (error: unknown) => error as WebSocketRefusal,
    );
    expect(refused).toMatchObject({ status: 403 });
    const socket = await connect([], { headers: { 'x-ok': 'yes' } });
    socket.send({ seq: 1, call: { objectId: 'Echo-1', method: 'Say' } });
    expect(await socket.next()).toMatchObject({ seq: 1, result: {} });
    socket.send({ seq: 2, call: { objectId: 'Echo-secret', method: 'Say' } });
    expect(await socket.next()).toMatchObject({
      seq: 2,
      error: { reason: 'ACCESS_DENIED', code: status.PERMISSION_DENIED },
    });
    expect(seen).toEqual(['http connect', 'http connect', 'ws callObject', 'ws callObject']);
  });

  it('tells its clients to go elsewhere when the gate stops, and closes with 1001 when all is answered', async () => {
    const release = deferred();
    await start({
      answer: async (request) => {
        await release.promise;
        return json(request, 'done');
      },
    });
    const [busy, idle] = [await connect(['goverse.json']), await connect()];
    const { clientId } = await busy.register();
    busy.send({ seq: 1, call: { objectId: 'Slow-1', method: 'Hold' } });
    await until(() => gate.cluster.calls.length === 1);
    const stopped = gate.runtime.stop();
    expect(await idle.next()).toMatchObject({ seq: 0, goingAway: { reconnectAfterMs: expect.any(Number) } });
    expect((await idle.ended()).code).toBe(1001);
    expect(await busy.next()).toMatchObject({ seq: 0, goingAway: {} });
    const late = await connect().catch((error: unknown) => error as WebSocketRefusal);
    expect(late).toMatchObject({ status: 503 });
    expect(gate.cluster.push([clientId], 'Last', 1).delivered).toBe(1);
    expect(await busy.next()).toMatchObject({ push: { message: { type: 'Last' } } });
    release.resolve();
    expect(await busy.next()).toEqual({ seq: 1, result: { payload: 'done' } });
    expect((await busy.ended()).code).toBe(1001);
    await stopped;
  });

  it('serves requests that ask for another upgrade as what they are without it', async () => {
    await start(echo);
    const { hostname, port, host } = new URL(gate.http);
    const socket = connectTcp(Number(port), hostname);
    open.push(() => socket.destroy());
    const body = '{"upgrade":"h2c"}';
    socket.write(
      `POST /v1/objects/Echo-1/Say HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    setImmediate(() => socket.write(body.slice(5)));
    const answer = await readUntil(socket, /\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer.endsWith(body)).toBe(true);
  });
});

describe('a WebSocket that breaks the rules', () => {
  it('gets an error for a message that is no frame, and goes on', async () => {
    await start(echo);
    const socket = await connect();
    for (const bad of ['{', '[]', '5', '', '{"seq":1e99}', Buffer.from([1, 2, 3])]) {
      socket.socket.send(bad);
      expect(await socket.next()).toMatchObject({
        seq: 0,
        error: { reason: 'INVALID_ARGUMENT', code: status.INVALID_ARGUMENT },
      });
    }
    socket.send({ seq: 1, call: { objectId: 'Echo-1', method: 'Say' } });
    expect(await socket.next()).toMatchObject({ seq: 1, result: {} });
  });

  it.each([
    ['text that is no UTF-8', 1007, () => webSocketFrame(1, Buffer.from([0xff, 0xfe]))],
    ['a frame without a mask', 1002, () => webSocketFrame(1, Buffer.from('{}'), { masked: false })],
    ['an opcode nobody knows', 1002, () => webSocketFrame(3, Buffer.from('{}'))],
    ['reserved bits', 1002, () => Buffer.from([0xc1, 0x80, 0, 0, 0, 0])],
    ['a continuation of nothing', 1002, () => webSocketFrame(0, Buffer.from('{}'))],
    ['a ping that is too long', 1002, () => webSocketFrame(9, Buffer.alloc(200))],
    ['a message that is too large', 1009, () => webSocketFrame(1, Buffer.alloc(200_000, 0x20))],
    [
      'the length of one that is far too large',
      1009,
      () => Buffer.from([0x81, 0xff, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    ],
    [
      'fragments without end',
      1009,
      () =>
        Buffer.concat([
          webSocketFrame(1, Buffer.alloc(60_000, 0x20), { final: false }),
          webSocketFrame(0, Buffer.alloc(60_000, 0x20), { final: false }),
        ]),
    ],
  ])('is closed for %s', async (_what, code, bytes) => {
    await start({ ...echo, options: { maxPayloadBytes: 10_000 } });
    const [bystander, socket] = [await connect(), await connectRaw()];
    const closing = closeCode(socket);
    socket.write(bytes());
    expect(await closing).toBe(code);
    await until(() => gate.runtime.edge.exchanges.size === 1);
    bystander.send({ seq: 1, ping: {} });
    expect(await bystander.next()).toEqual({ seq: 1, pong: {} });
  });

  it('harms nobody with random bytes and half frames', async () => {
    await start({ ...echo, options: { maxPayloadBytes: 10_000 } });
    const random = new SeededRandom(Number(process.env['FUZZ_SEED'] ?? Date.now()));
    onTestFailed(() => console.error(`FUZZ_SEED=${random.seed}`));
    const bystander = await connect();
    const frames = ['{"seq":1,"ping":{}}', '{"seq":2,"call":{"objectId":"Echo-1","method":"Say","payload":"AAAA"}}'];
    for (let round = 0; round < 40; round++) {
      const socket = await connectRaw();
      const bytes = webSocketFrame(1, Buffer.from(frames[round % 2]!));
      for (let n = 0; n < 3; n++) bytes[random.below(bytes.length)] = random.below(256);
      socket.write(bytes.subarray(0, 1 + random.below(bytes.length)));
      if (round % 3 === 0) socket.destroy();
      else socket.end(Buffer.from(Array.from({ length: 20 }, () => random.below(256))));
    }
    await until(() => gate.runtime.edge.exchanges.size === 1);
    bystander.send({ seq: 1, call: { objectId: 'Echo-1', method: 'Say', payload: base64('still here') } });
    expect(await bystander.next()).toEqual({ seq: 1, result: { payload: base64('still here') } });
  });

  it('is not read while it does not read, and its pushes are refused when its queue is full', async () => {
    await start({ ...echo, options: { clientQueueLimit: 3 } });
    const [sleepy, reader] = [await connect(['goverse.json']), await connect(['goverse.json'])];
    const [{ clientId }, { clientId: readerId }] = [await sleepy.register(), await reader.register()];
    sleepy.socket.pause();
    const text = 'x'.repeat(200_000);
    let refused = 0;
    for (let i = 0; refused < 3 && i < 20_000; i++) {
      refused += gate.cluster.push([clientId], 'Big', text).failed.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(refused).toBe(3);
    expect(gate.cluster.push([readerId], 'Small', 1).delivered).toBe(1);
    expect(await reader.next()).toMatchObject({ push: { message: { type: 'Small' } } });
    const before = gate.cluster.calls.length;
    for (let seq = 1; seq <= 200; seq++)
      sleepy.send({ seq, call: { objectId: 'Echo-1', method: 'Say', payload: text.slice(0, 50_000) } });
    reader.send({ seq: 1, call: { objectId: 'Echo-1', method: 'Say', payload: 'quick' } });
    expect(await reader.next()).toEqual({ seq: 1, result: { payload: 'quick' } });
    expect(gate.cluster.calls.length - before).toBeLessThan(100);
    sleepy.socket.resume();
    await until(() => gate.cluster.calls.length === before + 201);
  });
});

/** The code of the close frame a raw connection ends with. */
async function closeCode(socket: Socket): Promise<number> {
  let bytes = Buffer.alloc(0);
  socket.on('data', (part: Buffer) => (bytes = Buffer.concat([bytes, part])));
  await new Promise((resolve) => socket.once('end', resolve));
  const at = bytes.lastIndexOf(0x88);
  return bytes.readUInt16BE(at + 2);
}

async function readUntil(socket: Socket, end: RegExp): Promise<string> {
  let text = '';
  while (!end.test(text)) text += String(await new Promise((resolve) => socket.once('data', resolve)));
  return text;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
