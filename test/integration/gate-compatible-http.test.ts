import { APP_GUARD } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { GoverseError, goverseError } from '../../src/core/index.js';
import { RawEventStream } from '../support/raw-event-stream.js';
import { send } from '../support/raw-http.js';
import type { RawAnswer, RawHttpRequest } from '../support/raw-http.js';
import { encode, jsonAny } from '../support/raw-protocol.js';
import { rawExchange } from '../support/raw-socket.js';
import { VECTORS } from '../support/vectors.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, json, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const streams: RawEventStream[] = [];
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await gate.close();
});

const echo: TestGateOptions = { answer: (call) => json(call, argumentOf(call)) };
const failing = (error: Error): TestGateOptions => ({ answer: () => Promise.reject(error) });
const address = () => gate.runtime.httpAddress!;
const CALL = '/api/v1/objects/call/Echo/Echo-1/Echo';

const post = (path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  send(address(), 'POST', path, { headers, body } as RawHttpRequest);
const request = (base64: string) => JSON.stringify({ request: base64 });

/** Status, media type and exact text of an answer. */
const exact = ({ status, headers, body }: RawAnswer) => [status, headers['content-type'], body.toString()];

/** An error with exactly its two members. */
function errorOf({ status, headers, body }: RawAnswer): { status: number; error: string; code: string } {
  expect(headers['content-type']).toBe('application/json');
  const parsed = JSON.parse(body.toString()) as { error: string; code: string };
  expect(Object.keys(parsed)).toEqual(['error', 'code']);
  expect(body.toString()).toBe(JSON.stringify({ error: parsed.error, code: parsed.code }));
  expect(parsed.error).toMatch(/\S/);
  return { status, ...parsed };
}

describe('POST /api/v1/objects/call/{type}/{id}/{method}', () => {
  it.each(VECTORS.any.values.filter(({ what }) => !what.includes('JsonMessage')))(
    'gives back $what byte for byte',
    async ({ base64, json: value }) => {
      await start(echo);
      expect(exact(await post(CALL, request(base64)))).toEqual([200, 'application/json', `{"response":"${base64}"}`]);
      expect(gate.cluster.calls).toMatchObject([
        { verb: 'call', type: 'Echo', objectId: 'Echo-1', method: 'Echo', isFromClient: true },
      ]);
      expect(argumentOf(gate.cluster.calls[0]!)).toEqual(value);
    },
  );

  const EMPTY = encode('google.protobuf.Any', { type_url: 'type.googleapis.com/google.protobuf.Empty' }).toString(
    'base64',
  );
  it.each([
    ['no body', undefined],
    ['an empty request', '{"request":""}'],
    ['no request', '{}'],
    ['a request of null', '{"request":null}'],
  ])('takes %s for no argument and answers Empty', async (_what, body) => {
    await start(echo);
    expect(exact(await post(CALL, body))).toEqual([200, 'application/json', `{"response":"${EMPTY}"}`]);
    expect(argumentOf(gate.cluster.calls[0]!)).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense', undefined])(
    'takes a body of the type %s',
    async (type) => {
      await start(echo);
      const { base64 } = VECTORS.any.values[0]!;
      expect((await post(CALL, request(base64), type === undefined ? {} : { 'content-type': type })).status).toBe(200);
    },
  );

  it.each([...VECTORS.shard.valid.map(({ id }) => id), `Echo-${'ж'.repeat(125)}`, 'a b?c%d', '..'])(
    'reaches the percent-encoded id %s',
    async (id) => {
      await start(echo);
      const path = `/api/v1/objects/call/Echo/${encodeURIComponent(id).replaceAll('.', '%2E')}/Echo`;
      expect((await post(path)).status).toBe(200);
      expect(gate.cluster.calls[0]!.objectId).toBe(id);
    },
  );

  it('names its client by id and token', async () => {
    await start(echo);
    const { clientId, token } = await registered();
    expect((await post(CALL, undefined, { 'x-client-id': clientId, 'x-client-token': token })).status).toBe(200);
    expect(gate.cluster.calls[0]!.clientId).toBe(clientId);
    expect(errorOf(await post(CALL, undefined, { 'x-client-id': clientId }))).toMatchObject({
      status: 403,
      code: 'ACCESS_DENIED',
    });
  });
});

describe('creation and deletion under /api/v1', () => {
  it('answer {"id"} and {"success":true}', async () => {
    await start({ answer: (call) => json(call, undefined) });
    expect(exact(await post('/api/v1/objects/create/ChatRoom/lobby'))).toEqual([
      200,
      'application/json',
      '{"id":"lobby"}',
    ]);
    const id = 'shard#5/ChatRoom-é';
    const path = encodeURIComponent(id);
    expect(exact(await post(`/api/v1/objects/create/ChatRoom/${path}`, '{}'))).toEqual([
      200,
      'application/json',
      JSON.stringify({ id }),
    ]);
    expect(exact(await post(`/api/v1/objects/delete/ChatRoom/${path}`))).toEqual([
      200,
      'application/json',
      '{"success":true}',
    ]);
    expect(gate.cluster.calls.map(({ verb, type, objectId }) => [verb, type, objectId])).toEqual([
      ['create', 'ChatRoom', 'lobby'],
      ['create', 'ChatRoom', id],
      ['delete', 'ChatRoom', id],
    ]);
  });
});

describe('errors under /api/v1', () => {
  const any = (bytes: number[]) => request(Buffer.from(bytes).toString('base64'));
  it.each([
    ['half a JSON text', '{"request":', 'INVALID_JSON'],
    ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'INVALID_JSON'],
    ['an array', '[]', 'INVALID_JSON'],
    ['a text', '"CgA="', 'INVALID_JSON'],
    ['null', 'null', 'INVALID_JSON'],
    ['a request that is no text', '{"request":5}', 'INVALID_JSON'],
    ['base64 without padding', request('CgA'), 'INVALID_BASE64'],
    ['base64 of the URL alphabet', request('-_-_'), 'INVALID_BASE64'],
    ['what is no base64', request('not base64!!'), 'INVALID_BASE64'],
    ['a length that runs over the end', any([0x0a, 0xff, 0x01]), 'INVALID_PROTOBUF'],
    ['a field of the wrong wire type', any([0x08, 0x05]), 'INVALID_PROTOBUF'],
  ])('refuse %s: %s', async (_what, body, code) => {
    await start(echo);
    expect(errorOf(await post(CALL, body))).toMatchObject({ status: 400, code });
    expect(gate.cluster.calls).toEqual([]);
  });

  it.each([
    ['POST', '/api/v1/objects/call/Echo/Echo-1', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/call/Echo/Echo-1/Echo/more', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/call/', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/call/Echo/Echo-%zz/Echo', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/call/Echo/Echo-%ff/Echo', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/call/Echo//Echo', 400, 'INVALID_PARAMETERS'],
    ['POST', '/api/v1/objects/call//Echo-1/Echo', 400, 'INVALID_PARAMETERS'],
    ['POST', '/api/v1/objects/call/Echo/Echo-1/', 400, 'INVALID_PARAMETERS'],
    ['POST', '/api/v1/objects/call/Echo/nohost%2Fx/Echo', 400, 'INVALID_PARAMETERS'],
    ['POST', '/api/v1/objects/create/Echo', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/create/Echo/a/b', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/create/Echo/', 400, 'INVALID_PARAMETERS'],
    ['POST', '/api/v1/objects/delete/Echo-1', 400, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/nothing/Echo/Echo-1', 404, 'INVALID_PATH'],
    ['POST', '/api/v1/objects/call', 404, 'INVALID_PATH'],
    ['GET', CALL, 405, 'METHOD_NOT_ALLOWED'],
    ['PUT', '/api/v1/objects/create/Echo/Echo-1', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/api/v1/objects/delete/Echo/Echo-1', 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/api/v1/events/stream', 405, 'METHOD_NOT_ALLOWED'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    await start(echo);
    const answer = await send(address(), method, path);
    expect(errorOf(answer)).toMatchObject({ status, code });
    if (status === 405) expect(answer.headers['allow']).toBe(path.endsWith('stream') ? 'GET' : 'POST');
    expect(gate.cluster.calls).toEqual([]);
  });

  it('refuse a body that is too large or compressed', async () => {
    await start({ ...echo, options: { maxPayloadBytes: 3000 } });
    const base64 = (bytes: number) =>
      request(encode('google.protobuf.Any', jsonAny('x'.repeat(bytes))).toString('base64'));
    expect((await post(CALL, base64(2900))).status).toBe(200);
    expect(errorOf(await post(CALL, base64(3000)))).toMatchObject({ status: 413, code: 'CALL_FAILED' });
    expect(errorOf(await post(CALL, base64(9000)))).toMatchObject({ status: 413, code: 'INVALID_BODY' });
    expect(errorOf(await post(CALL, 'x', { 'content-encoding': 'gzip' }))).toMatchObject({
      status: 415,
      code: 'INVALID_BODY',
    });
    expect(gate.cluster.calls).toHaveLength(1);
  });

  it.each([
    ['UNKNOWN_TYPE', 404, 'OBJECT_NOT_FOUND', 'CREATE_FAILED', 'DELETE_FAILED'],
    ['METHOD_NOT_FOUND', 404, 'OBJECT_NOT_FOUND', 'CREATE_FAILED', 'DELETE_FAILED'],
    ['INVALID_ARGUMENT', 400, 'CALL_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'],
    ['ACCESS_DENIED', 403, 'ACCESS_DENIED', 'ACCESS_DENIED', 'ACCESS_DENIED'],
    ['UNAUTHENTICATED', 401, 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['ALREADY_EXISTS', 409, 'CALL_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'],
    ['NO_OWNER', 503, 'CALL_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'],
    ['DEADLINE_EXCEEDED', 504, 'CALL_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'],
  ] as const)('tell %s of the cluster with the status %i', async (reason, status, ...codes) => {
    await start(failing(goverseError(reason, 'what happened')));
    const paths = [CALL, '/api/v1/objects/create/Echo/Echo-1', '/api/v1/objects/delete/Echo/Echo-1'];
    for (const [index, path] of paths.entries()) {
      const answer = await post(path);
      expect(exact(answer)).toEqual([
        status,
        'application/json',
        JSON.stringify({ error: 'what happened', code: codes[index] }),
      ]);
      expect(answer.headers['goverse-reason']).toBe(reason);
    }
  });

  it('say when to come again', async () => {
    await start(failing(new GoverseError({ reason: 'OVERLOADED', message: 'full', details: { retryAfterMs: 1500 } })));
    const answer = await post(CALL);
    expect(errorOf(answer)).toMatchObject({ status: 429, code: 'CALL_FAILED' });
    expect(answer.headers['retry-after']).toBe('2');
  });

  it('hide what is not meant for clients behind a trace id', async () => {
    await start(failing(new GoverseError({ reason: 'METHOD_FAILED', message: 'the password is hunter2' })));
    const answer = await post(CALL);
    expect(exact(answer)).toEqual([500, 'application/json', '{"error":"internal error","code":"CALL_FAILED"}']);
    expect(answer.headers['goverse-trace-id']).toBe(gate.cluster.calls[0]!.callId);
  });

  it('tell what a guard of the application refuses', async () => {
    await start({ ...echo, providers: [{ provide: APP_GUARD, useValue: { canActivate: () => false } }] });
    for (const path of [CALL, '/api/v1/objects/create/Echo/Echo-1', '/api/v1/objects/delete/Echo/Echo-1'])
      expect(errorOf(await post(path))).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    expect(errorOf(await send(address(), 'GET', '/api/v1/events/stream'))).toMatchObject({
      status: 403,
      code: 'ACCESS_DENIED',
    });
    expect(gate.cluster.calls).toEqual([]);
  });

  it('refuse pages of another origin, and answer preflights of listed ones', async () => {
    await start({ ...echo, options: { cors: ['https://chat.example'] } });
    expect(errorOf(await post(CALL, undefined, { origin: 'https://evil.example' }))).toMatchObject({
      status: 403,
      code: 'ACCESS_DENIED',
    });
    expect(gate.cluster.calls).toEqual([]);
    const { headers: ofListed } = await post(CALL, undefined, { origin: 'https://chat.example' });
    expect(ofListed['access-control-expose-headers']).toContain('goverse-reason');
    const preflight = (origin: string) =>
      send(address(), 'OPTIONS', CALL, { headers: { origin, 'access-control-request-method': 'POST' } });
    expect((await preflight('https://evil.example')).status).toBe(403);
    const { status, headers } = await preflight('https://chat.example');
    expect([status, headers['access-control-allow-origin']]).toEqual([204, 'https://chat.example']);
    expect(headers['access-control-allow-headers']).toContain('x-client-id');
  });
});

describe('GET /api/v1/events/stream', () => {
  it('writes event and data lines and nothing else', async () => {
    await start();
    const answer = rawExchange(address(), `GET /api/v1/events/stream HTTP/1.0\r\nhost: ${address()}\r\n\r\n`);
    await answer.until('"token"');
    const { clientId, token } = JSON.parse(/data: (.*)\n/.exec(answer.text)![1]!) as {
      clientId: string;
      token: string;
    };
    gate.cluster.push([clientId], 'ChatMessage', { text: 'hi' });
    const { base64 } = VECTORS.any.values.find(({ what }) => what.includes('JsonMessage'))!;
    await answer.until(base64);
    const [head, body] = answer.text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toMatch(/content-type: text\/event-stream/i);
    expect(body).toBe(
      `event: register\ndata: {"clientId":"${clientId}","token":"${token}"}\n\n` +
        `event: message\ndata: {"type":"type.googleapis.com/goverse.JsonMessage","payload":"${base64}"}\n\n`,
    );
    answer.close();
  });

  it('is the stream of a client like any other', async () => {
    await start();
    const { stream, clientId } = await registered();
    expect(gate.cluster.push([clientId], 'X', 1)).toMatchObject({ delivered: 1 });
    expect(await stream.next()).toMatchObject({ name: 'message', id: undefined });
    stream.close();
    await gate.runtime.edge.registry.whenEmpty();
  });
});

async function registered(): Promise<{ stream: RawEventStream; clientId: string; token: string }> {
  const stream = await RawEventStream.open(address(), {}, '/api/v1/events/stream');
  streams.push(stream);
  const { name, data } = await stream.next();
  expect(name).toBe('register');
  return { stream, ...(data as { clientId: string; token: string }) };
}
