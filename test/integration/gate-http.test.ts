import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { goverseError } from '../../src/core/index.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, deferred, json, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(() => gate.close());

const echo: TestGateOptions = { answer: (call) => ({ ...json(call, argumentOf(call)), created: true }) };
const JSON_BODY = { 'content-type': 'application/json' };

function send(
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = body === undefined ? {} : JSON_BODY,
): Promise<Response> {
  return fetch(`${gate.http}${path}`, { method, headers, ...(body === undefined ? {} : { body: body as string }) });
}

async function problem(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const document = (await response.json()) as Record<string, unknown>;
  expect(document).toMatchObject({ type: 'about:blank', status: response.status });
  expect(document['traceId']).toMatch(/^[\w-]{20}$/);
  expect(document['title']).toEqual(expect.any(String));
  expect(document['detail']).toEqual(expect.any(String));
  return document;
}

describe('POST /v1/objects/{id}/{method}', () => {
  it('calls and answers 200 with the result', async () => {
    await start(echo);
    const response = await send('POST', '/v1/objects/Room-lobby/Join?type=Room', '{"userId":"ann"}', {
      ...JSON_BODY,
      'x-timeout-ms': '4000',
    });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/json',
      '{"userId":"ann"}',
    ]);
    const call = gate.cluster.calls[0]!;
    expect(call).toMatchObject({
      verb: 'call',
      objectId: 'Room-lobby',
      type: 'Room',
      method: 'Join',
      isFromClient: true,
    });
    expect(call.payload).toMatchObject({ kind: 'json' });
    expect(call.deadline - Date.now()).toBeLessThanOrEqual(4000);
  });

  it('answers 204 when there is no result', async () => {
    await start(echo);
    const response = await send('POST', '/v1/objects/Room-lobby/Join');
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it.each([undefined, 'application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'takes an empty body of the type %s for no argument',
    async (type) => {
      await start(echo);
      const response = await send(
        'POST',
        '/v1/objects/Room-lobby/Join',
        undefined,
        type === undefined ? {} : { 'content-type': type },
      );
      expect(response.status).toBe(204);
      expect(argumentOf(gate.cluster.calls[0]!)).toBeUndefined();
    },
  );

  it('takes protobuf bytes as octets and gives octets back', async () => {
    await start({ answer: () => ({ payload: { kind: 'protobuf', bytes: Buffer.from([8, 2]) } }) });
    const response = await send('POST', '/v1/objects/Room-1/Join', Buffer.from([8, 1]), {
      'content-type': 'application/octet-stream',
    });
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([8, 2]);
    expect(gate.cluster.calls[0]!.payload).toEqual({ kind: 'protobuf', bytes: Buffer.from([8, 1]) });
  });

  it('refuses bodies of other types with 415', async () => {
    await start(echo);
    for (const type of ['text/plain', 'application/xml', 'nonsense']) {
      const response = await send('POST', '/v1/objects/Room-1/Join', '{}', { 'content-type': type });
      expect(response.status).toBe(415);
      expect(await problem(response)).toMatchObject({ reason: 'UNSUPPORTED_MEDIA_TYPE' });
    }
    expect(
      (await send('POST', '/v1/objects/Room-1/Join', '{}', { 'content-type': 'application/json; charset=utf-8' }))
        .status,
    ).toBe(200);
    expect(gate.cluster.calls).toHaveLength(1);
  });

  it('takes ids of the full 255 bytes with slashes, hashes and every other character percent-encoded', async () => {
    await start(echo);
    const ids = [
      `Room-${'ж'.repeat(125)}`,
      'shard#5/Room-a/b#c?d%e f',
      '10.0.0.7:47000/Room-x',
      `Room-${'😀'.repeat(62)}ab`,
    ];
    for (const id of ids) {
      const response = await send('POST', `/v1/objects/${encodeURIComponent(id)}/Say`, '1');
      expect(response.status).toBe(200);
      expect(gate.cluster.calls.at(-1)!.objectId).toBe(id);
    }
    expect(Buffer.byteLength(ids[0]!)).toBe(255);
    const tooLong = await send('POST', `/v1/objects/${encodeURIComponent(`${ids[0]}x`)}/Say`, '1');
    expect(await problem(tooLong)).toMatchObject({ status: 400, reason: 'INVALID_OBJECT_ID' });
  });

  it('refuses a path that is not percent-encoded UTF-8 with a problem document', async () => {
    await start(echo);
    for (const path of ['/v1/objects/Room-%ff/Say', '/v1/objects/Room-%zz/Say']) {
      const response = await send('POST', path, '1');
      expect(response.status).toBe(400);
      await problem(response);
    }
  });

  it.each([['0'], ['-5'], ['soon'], ['1e3']])('refuses X-Timeout-Ms %s', async (value) => {
    await start(echo);
    const response = await send('POST', '/v1/objects/Room-1/Say', '1', { ...JSON_BODY, 'x-timeout-ms': value });
    expect(await problem(response)).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
  });

  it('passes bytes on unread: what is no JSON is for the node to refuse', async () => {
    await start({ answer: (call) => json(call, argumentOf(call)) });
    const response = await send('POST', '/v1/objects/Room-1/Say', '{"broken');
    expect(await problem(response)).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
  });

  it('cancels the call when the client goes away', async () => {
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
    const abort = new AbortController();
    const request = fetch(`${gate.http}/v1/objects/Room-1/Say`, { method: 'POST', signal: abort.signal }).catch(
      () => 'aborted',
    );
    await begun.promise;
    abort.abort();
    expect(await request).toBe('aborted');
    expect(await cancelled.promise).toMatchObject({ reason: 'CANCELLED' });
  });
});

describe('requests off the beaten track', () => {
  it('refuses a compressed body with 415 and says which codings it takes', async () => {
    await start(echo);
    const headers = { ...JSON_BODY, 'content-encoding': 'gzip' };
    const response = await send('POST', '/v1/objects/Room-1/Join', gzipSync('{"a":1}'), headers);
    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity']);
    expect(await problem(response)).toMatchObject({ reason: 'UNSUPPORTED_MEDIA_TYPE' });
    expect(gate.cluster.calls).toEqual([]);
  });

  it('takes a target in absolute form', async () => {
    await start(echo);
    const answer = await raw(`POST ${gate.http}/v1/objects/Room-1/Join?type=Room HTTP/1.1\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 204 /);
    expect(gate.cluster.calls).toMatchObject([{ objectId: 'Room-1', method: 'Join', type: 'Room' }]);
  });

  it.each(['nonsense', 'text/plain', 'application/json', 'a/b/c;;', undefined])(
    'takes a chunked body without a chunk, of the type %s, for no argument',
    async (type) => {
      await start({ answer: (call) => json(call, argumentOf(call) === undefined ? undefined : 'an argument') });
      const head = 'POST /v1/objects/Room-1/Join HTTP/1.1\r\ntransfer-encoding: chunked\r\n';
      const answer = await raw(`${head}${type === undefined ? '' : `content-type: ${type}\r\n`}`, '0\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1.1 204 /);
      expect(gate.cluster.calls).toHaveLength(1);
    },
  );

  it.each(['nonsense', 'text/plain', undefined])(
    'refuses a chunked body of the type %s that holds something',
    async (type) => {
      await start(echo);
      const head = 'POST /v1/objects/Room-1/Join HTTP/1.1\r\ntransfer-encoding: chunked\r\n';
      const answer = await raw(
        `${head}${type === undefined ? '' : `content-type: ${type}\r\n`}`,
        '1\r\n1\r\n0\r\n\r\n',
      );
      expect(answer).toMatch(/^HTTP\/1.1 415 /);
      expect(answer).toContain('content-type: application/problem+json');
      expect(answer).toContain(type ?? 'untyped');
      expect(gate.cluster.calls).toEqual([]);
    },
  );

  it('shows guards the content type as it was sent', async () => {
    const seen: unknown[] = [];
    const guard = (request: { headers: Record<string, unknown> }) => seen.push(request.headers['content-type']);
    await start({
      ...echo,
      configure: (app) =>
        app.useGlobalGuards({ canActivate: (context) => guard(context.switchToHttp().getRequest()) > 0 }),
    });
    await send('POST', '/v1/objects/Room-1/Join', '1', { 'content-type': 'application/json; charset=utf-8' });
    await send('POST', '/v1/objects/Room-1/Join', undefined, { 'content-type': 'nonsense' });
    await send('PUT', '/v1/objects/Room-1', undefined);
    expect(seen).toEqual(['application/json; charset=utf-8', 'nonsense', undefined]);
  });

  it.each([
    ['HEAD', '/v1/objects/Room-1/Join', 405],
    ['HEAD', '/v1/events', 405],
    ['HEAD', '/v1/nothing', 404],
    ['HEAD', '/healthz', 200],
    ['PATCH', '/v1/objects/Room-1', 405],
    ['OPTIONS', '/v1/objects/Room-1/Join', 204],
  ])('answers %s %s with %i', async (method, path, status) => {
    await start(echo);
    const response = await send(method, path);
    expect(response.status).toBe(status);
    if (status === 405) expect(response.headers.get('allow')).toEqual(expect.any(String));
    expect(gate.cluster.calls).toEqual([]);
  });

  it('answers a target of the full 255 bytes, each percent-encoded, over a bare socket', async () => {
    await start(echo);
    const id = `R-${'ж'.repeat(126)}x`;
    const encoded = [...Buffer.from(id)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    expect(encoded).toHaveLength(765);
    expect(await raw(`POST /v1/objects/${encoded}/Join HTTP/1.1\r\n`)).toMatch(/^HTTP\/1.1 204 /);
    expect(gate.cluster.calls).toMatchObject([{ objectId: id }]);
  });

  it('refuses a page of another origin before anything else, whatever it asks for', async () => {
    await start(echo);
    for (const path of ['/v1/objects/Room-1/Join', '/v1/events', '/v1/nothing', '/v1/objects/Room-1/Join/more']) {
      const answer = await raw(`POST ${path} HTTP/1.1\r\norigin: https://evil.example\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 403 /);
      expect(answer).toContain('"reason":"ACCESS_DENIED"');
      expect(answer).not.toContain('access-control-allow-origin');
    }
    expect(gate.cluster.calls).toEqual([]);
  });

  it.each([
    ['a method nobody uses', 'TRACE /v1/objects/Room-1/Join HTTP/1.1\r\n', 405],
    ['a header that is too large', `GET /v1/events HTTP/1.1\r\nx-large: ${'x'.repeat(20_000)}\r\n`, 431],
    ['bytes that are no HTTP', 'GARBAGE\r\n', 400],
  ])('answers %s with a problem document', async (_what, head, status) => {
    await start(echo);
    const answer = await raw(head);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status });
  });

  it('takes a client that leaves in the middle of a body for one that cancelled, not for a fault of its own', async () => {
    await start(echo);
    const errors = vi.spyOn(gate.runtime.edge.errors, 'forClient');
    const socket = connect(Number(new URL(gate.http).port), '127.0.0.1');
    const head = 'POST /v1/objects/Room-1/Join HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\n';
    // One piece: the answer to the first request tells that the second has begun.
    socket.write(`${head}content-length: 1\r\n\r\n1${head}content-length: 100\r\n\r\n"a`);
    await once(socket, 'data');
    socket.destroy();
    await vi.waitFor(() => expect(errors).toHaveBeenCalledOnce());
    expect(errors.mock.calls[0]?.[0]).toMatchObject({ reason: 'CANCELLED' });
    expect(gate.cluster.calls).toHaveLength(1);
  });
});

/** Everything a gate answers to a head that no HTTP client sends. */
async function raw(head: string, body = ''): Promise<string> {
  const socket = connect(Number(new URL(gate.http).port), '127.0.0.1');
  socket.write(`${head}host: ${new URL(gate.http).host}\r\nconnection: close\r\n\r\n${body}`);
  let answer = '';
  for await (const piece of socket) answer += String(piece);
  return answer;
}

describe('sizes', () => {
  const options = { maxPayloadBytes: 50_000 };

  it('refuses what is too large with 413', async () => {
    await start({ ...echo, options });
    const response = await send('POST', '/v1/objects/Room-1/Say', JSON.stringify('x'.repeat(50_000)));
    expect(await problem(response)).toMatchObject({ status: 413, reason: 'PAYLOAD_TOO_LARGE' });
    expect(gate.cluster.calls).toHaveLength(0);
    expect((await send('POST', '/v1/objects/Room-1/Say', JSON.stringify('x'.repeat(40_000)))).status).toBe(200);
  });

  it('refuses an announced length before it has been sent, and an endless body when it is over the limit', async () => {
    await start({ ...echo, options });
    const head = 'POST /v1/objects/Room-1/Say HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    expect(await rawRequest(`${head}Content-Length: 99999999\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE/s);
    const chunk = `10000\r\n${'1'.repeat(0x10000)}\r\n`;
    expect(await rawRequest(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`)).toMatch(
      /^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE/s,
    );
    expect(gate.cluster.calls).toHaveLength(0);
  });
});

describe('PUT and DELETE /v1/objects/{id}', () => {
  it('create with 201, find with 200, delete with 204', async () => {
    let created = true;
    await start({ answer: (call) => ({ ...json(call, undefined), created: call.verb === 'create' && created }) });
    const first = await send('PUT', '/v1/objects/Room-a', '{"topic":1}');
    expect([first.status, await first.json()]).toEqual([201, { id: 'Room-a' }]);
    created = false;
    const second = await send('PUT', '/v1/objects/Room-a');
    expect([second.status, await second.json()]).toEqual([200, { id: 'Room-a' }]);
    expect((await send('DELETE', '/v1/objects/Room-a')).status).toBe(204);
    expect(gate.cluster.calls.map(({ verb }) => verb)).toEqual(['create', 'create', 'delete']);
    expect(argumentOf(gate.cluster.calls[0]!)).toEqual({ topic: 1 });
  });
});

describe('errors over HTTP', () => {
  it.each([
    ['UNKNOWN_TYPE', 404],
    ['TYPE_MISMATCH', 409],
    ['CALL_CYCLE', 409],
    ['OVERLOADED', 429],
    ['RESULT_NOT_ENCODABLE', 500],
    ['OUTCOME_UNKNOWN', 503],
    ['NO_OWNER', 503],
    ['DEADLINE_EXCEEDED', 504],
  ] as const)('are problem documents: %s is %i', async (reason, status) => {
    await start({ answer: () => Promise.reject(goverseError(reason, 'because', { details: { a: 1 } })) });
    const response = await send('POST', '/v1/objects/Room-1/Say', '1');
    expect(response.status).toBe(status);
    expect(await problem(response)).toMatchObject({ reason, detail: 'because', details: { a: 1 } });
    expect(response.headers.get('retry-after')).toBe(reason === 'OVERLOADED' || reason === 'NO_OWNER' ? '1' : null);
  });

  it('hides what was not meant for clients; the trace id is the call id', async () => {
    await start({ answer: () => Promise.reject(goverseError('METHOD_FAILED', 'secret')) });
    const document = await problem(await send('POST', '/v1/objects/Room-1/Say', '1'));
    expect(document).toMatchObject({
      status: 500,
      reason: 'METHOD_FAILED',
      detail: 'internal error',
      traceId: gate.cluster.calls[0]!.callId,
    });
    expect(JSON.stringify(document)).not.toContain('secret');
  });

  it('cover unknown paths and wrong methods', async () => {
    await start(echo);
    for (const path of ['/', '/v1', '/v1/objects', '/v1/nothing', '/v1/objects/', '/v1/objects/Room-1/a/b']) {
      const response = await send('POST', path, '1');
      expect(response.status).toBe(404);
      expect(await problem(response)).toMatchObject({ reason: 'NOT_FOUND' });
    }
    for (const [method, path, allow] of [
      ['GET', '/v1/objects/Room-1/Say', 'POST'],
      ['PATCH', '/v1/objects/Room-1', 'PUT, DELETE'],
      ['POST', '/v1/events', 'GET'],
    ] as const) {
      const response = await send(method, path);
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
      expect(await problem(response)).toMatchObject({ reason: 'METHOD_NOT_ALLOWED' });
    }
  });

  it('refuses foreign client ids, takes ones with their token', async () => {
    await start(echo);
    const { clientId, token } = await gate.client().register().first();
    const refused = await send('POST', '/v1/objects/Room-1/Say', '1', { ...JSON_BODY, 'x-client-id': clientId });
    expect(await problem(refused)).toMatchObject({ status: 403, reason: 'CLIENT_ID_NOT_YOURS' });
    const taken = await send('POST', '/v1/objects/Room-1/Say', '1', {
      ...JSON_BODY,
      'x-client-id': clientId,
      'x-client-token': token,
    });
    expect(taken.status).toBe(200);
    expect(gate.cluster.calls[0]!.clientId).toBe(clientId);
  });

  it('hands Authorization to the authenticator', async () => {
    await start({
      ...echo,
      options: {
        authenticator: {
          authenticate: ({ authorization }) =>
            authorization === 'Bearer ann' ? { userId: 'ann', roles: ['x'] } : null,
        },
      },
    });
    expect(await problem(await send('POST', '/v1/objects/Room-1/Say', '1'))).toMatchObject({
      status: 401,
      reason: 'UNAUTHENTICATED',
    });
    await send('POST', '/v1/objects/Room-1/Say', '1', { ...JSON_BODY, authorization: 'Bearer ann' });
    expect(gate.cluster.calls[0]!.caller).toEqual({ userId: 'ann', roles: ['x'] });
  });
});

describe('origins', () => {
  const post = (origin: string, more: Record<string, string> = {}) =>
    send('POST', '/v1/objects/Room-1/Say', '1', { ...JSON_BODY, origin, ...more });

  it('are refused unless they are the own one', async () => {
    await start(echo);
    expect((await post(gate.http)).status).toBe(200);
    for (const origin of ['https://evil.example', 'null', `${gate.http}0`]) {
      expect(await problem(await post(origin))).toMatchObject({ status: 403, reason: 'ACCESS_DENIED' });
    }
    expect(await problem(await send('GET', '/v1/events', undefined, { origin: 'https://evil.example' }))).toMatchObject(
      { status: 403 },
    );
    expect(gate.cluster.calls).toHaveLength(1);
  });

  it('may be listed', async () => {
    await start({ ...echo, options: { cors: ['https://chat.example'] } });
    const response = await post('https://chat.example');
    expect([
      response.status,
      response.headers.get('access-control-allow-origin'),
      response.headers.get('vary'),
    ]).toEqual([200, 'https://chat.example', 'origin']);
    const preflight = await send('OPTIONS', '/v1/objects/Room-1/Say', undefined, {
      origin: 'https://chat.example',
      'access-control-request-method': 'POST',
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-client-token');
    expect(
      (await send('OPTIONS', '/v1/objects/Room-1/Say', undefined, { origin: 'https://evil.example' })).status,
    ).toBe(403);
  });

  it('may all be allowed, and then read errors too', async () => {
    await start({ answer: () => Promise.reject(goverseError('UNKNOWN_TYPE', 'no')), options: { cors: '*' } });
    const response = await post('https://any.example');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
  });
});

describe('health', () => {
  it('tells life and readiness, with the reason while not ready', async () => {
    await start();
    expect((await send('GET', '/healthz')).status).toBe(200);
    expect((await send('GET', '/readyz')).status).toBe(200);
    gate.cluster.setReady(false);
    const response = await send('GET', '/readyz');
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the stand-in is not ready' },
    ]);
    expect((await send('GET', '/healthz')).status).toBe(200);
  });
});

/** Everything the server says to bytes, until it closes or has answered. */
function rawRequest(bytes: string): Promise<string> {
  const [host, port] = gate.runtime.httpAddress!.split(':') as [string, string];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(bytes));
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (text.includes('traceId')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}
