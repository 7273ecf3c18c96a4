import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpGateDouble, problem, sseEvent } from '../../test/support/http-gate-double.js';
import type { ClientOptions } from './client-options.js';
import type { ConnectionChange } from './connection-state.js';
import { GoverseClient } from './goverse-client.js';

const open: { close?(): unknown; stop?(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await (one.close?.() ?? one.stop?.());
});

async function gateOn(port = 0): Promise<HttpGateDouble> {
  const gate = await HttpGateDouble.start(port);
  open.push(gate);
  return gate;
}

async function connect(gates: string | string[], options: ClientOptions = {}): Promise<GoverseClient> {
  const client = await GoverseClient.connect(gates, { backoffMs: 5, maxBackoffMs: 20, ...options });
  open.push(client);
  return client;
}

function nextState(client: GoverseClient, state: ConnectionChange['state']): Promise<ConnectionChange> {
  return new Promise((resolve) => {
    const off = client.onState((change) => {
      if (change.state !== state) return;
      off();
      resolve(change);
    });
  });
}

function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

describe('GoverseClient over HTTP', () => {
  it('registers and calls with its id and token', async () => {
    const gate = await gateOn();
    gate.onCall = (_request, response) => answerJson(response, { members: ['ann'] });
    const client = await connect(gate.url);
    expect(client.state).toBe('connected');
    expect(client.clientId).toBe('127.0.0.1:49000/client-1');
    const result = await client.callObject(
      'shard#5/ChatRoom-a b',
      'Join',
      { userId: 'ann' },
      { type: 'ChatRoom', timeoutMs: 1500 },
    );
    expect(result).toEqual({ members: ['ann'] });
    const [request] = gate.requests;
    expect(request).toMatchObject({ method: 'POST', body: '{"userId":"ann"}' });
    expect(request?.url).toBe('/v1/objects/shard%235%2FChatRoom-a%20b/Join?type=ChatRoom');
    expect(request?.headers).toMatchObject({
      'x-client-id': '127.0.0.1:49000/client-1',
      'x-client-token': 'token-1',
      'x-timeout-ms': '1500',
      'content-type': 'application/json',
    });
  });

  it('sends no body for no argument and resolves undefined for no result', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    expect(await client.callObject('Counter-a', 'Reset')).toBeUndefined();
    expect(gate.requests[0]?.body).toBe('');
    expect(gate.requests[0]?.headers['content-type']).toBeUndefined();
  });

  it('creates and deletes', async () => {
    const gate = await gateOn();
    gate.onCall = ({ method }, response) => {
      if (method === 'PUT') answerJson(response, { id: 'Counter-a' }, 201);
      else response.writeHead(204).end();
    };
    const client = await connect(gate.url);
    expect(await client.createObject('Counter', 'Counter-a', { start: 5 })).toBe('Counter-a');
    await client.deleteObject('Counter', 'Counter-a');
    expect(gate.requests.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'PUT /v1/objects/Counter-a?type=Counter {"start":5}',
      'DELETE /v1/objects/Counter-a?type=Counter ',
    ]);
  });

  it('sends a proxy member as the method, or by the wire name given for it', async () => {
    const gate = await gateOn();
    gate.onCall = ({ url }, response) => answerJson(response, url);
    const client = await connect(gate.url);
    interface Room {
      join(args: { userId: string }): string;
      size(): Promise<number>;
      onActivate(): void;
    }
    const room = client.object<Room>('Room-a', { methods: { join: 'Join' } });
    expect(await room.join({ userId: 'ann' })).toBe('/v1/objects/Room-a/Join');
    expect(await room.size()).toBe('/v1/objects/Room-a/size');
    expect((room as unknown as { then?: unknown }).then).toBeUndefined();
  });

  it('rejects with the reason of the problem document', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    gate.onCall = (_request, response) =>
      problem(response, 400, { reason: 'NOT_A_MEMBER', detail: 'ann is no member' });
    await expect(client.callObject('ChatRoom-a', 'SendMessage')).rejects.toMatchObject({
      reason: 'NOT_A_MEMBER',
      code: 'FAILED_PRECONDITION',
      message: 'ann is no member',
    });
    gate.onCall = (_request, response) => problem(response, 404, { reason: 'METHOD_NOT_FOUND', detail: 'no' });
    await expect(client.callObject('ChatRoom-a', 'Nope')).rejects.toMatchObject({
      reason: 'METHOD_NOT_FOUND',
      code: 'UNIMPLEMENTED',
    });
    gate.onCall = (_request, response) => response.writeHead(502).end('<html>bad gateway</html>');
    await expect(client.callObject('ChatRoom-a', 'X')).rejects.toMatchObject({ reason: 'METHOD_FAILED' });
  });

  it('hands out pushes by type and as a loop', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const handled = new Promise((resolve) => client.on('ChatMessage', resolve));
    const loop = client[Symbol.asyncIterator]();
    gate.push('ChatMessage', { content: 'hi' });
    expect(await handled).toEqual({ content: 'hi' });
    expect((await loop.next()).value).toEqual({ type: 'ChatMessage', data: { content: 'hi' } });
    await client.close();
    expect((await loop.next()).done).toBe(true);
  });

  it('gives a call up at its deadline and when its signal is aborted', async () => {
    const gate = await gateOn();
    gate.onCall = () => undefined;
    const client = await connect(gate.url);
    await expect(client.callObject('A-a', 'slow', 1, { timeoutMs: 20 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
    const user = new AbortController();
    const call = client.callObject('A-a', 'slow', 1, { signal: user.signal });
    user.abort();
    await expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
    await expect(client.callObject('A-a', 'slow', 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: 'CANCELLED',
    });
  });

  it('says that the outcome is unknown when the connection breaks under a call', async () => {
    const gate = await gateOn();
    gate.onCall = (_request, response) => response.destroy();
    const client = await connect(gate.url);
    await expect(client.callObject('A-a', 'x')).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
  });

  it('reconnects under a new id when the stream ends, and calls wait for it', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const lost = nextState(client, 'reconnecting');
    const back = nextState(client, 'connected');
    gate.endStreams();
    expect(await lost).toMatchObject({ error: { reason: 'NOT_READY' } });
    await client.callObject('A-a', 'x');
    expect(await back).toMatchObject({ clientId: '127.0.0.1:49000/client-2' });
    expect(gate.requests[0]?.headers['x-client-token']).toBe('token-2');
  });

  it('goes to the next gate when one is gone', async () => {
    const [first, second] = [await gateOn(), await gateOn()];
    const client = await connect([first.url, second.url]);
    expect(first.streams.size).toBe(1);
    const back = nextState(client, 'connected');
    await first.stop();
    expect(await back).toMatchObject({ gate: `${second.url}/` });
  });

  it('takes a silent stream for a broken one', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url, { silenceMs: 30 });
    expect((await nextState(client, 'reconnecting')).error?.message).toMatch(/silent for 30 ms/);
    await nextState(client, 'connected');
  });

  it('keeps a stream on which heartbeats come', async () => {
    const gate = await gateOn();
    let beats = 0;
    gate.onEvents = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sseEvent('register', { clientId: 'g:1/x', token: 't' }));
      const timer = setInterval(() => {
        response.write(sseEvent('heartbeat', {}));
        if (++beats === 12) response.write(sseEvent('message', { type: 'Enough', data: null }));
      }, 20);
      response.once('close', () => clearInterval(timer));
    };
    const client = await connect(gate.url, { silenceMs: 150 });
    const states: string[] = [];
    client.onState(({ state }) => states.push(state));
    await new Promise((resolve) => client.on('Enough', resolve));
    expect(states).toEqual([]);
  });

  it('rejects connecting when no gate answers in time, and says what it tried', async () => {
    const gate = await gateOn();
    const { url } = gate;
    await gate.stop();
    const changes: ConnectionChange[] = [];
    const connecting = connect(url, { connectTimeoutMs: 100, onState: (change) => changes.push(change) });
    await expect(connecting).rejects.toMatchObject({ reason: 'NOT_READY' });
    await expect(connecting).rejects.toThrow(new RegExp(`within 100 ms.*${url}.*ECONNREFUSED`));
    expect(changes[0]?.state).toBe('connecting');
    expect(changes.at(-1)?.state).toBe('closed');
  });

  it('tries the next gate when one takes the connection and never answers', async () => {
    const [mute, good] = [await gateOn(), await gateOn()];
    mute.onEvents = () => undefined;
    const client = await connect([mute.url, good.url], { attemptTimeoutMs: 30 });
    expect(good.streams.size).toBe(1);
    expect(client.state).toBe('connected');
  });

  it('gives up at once when the gate refuses the client', async () => {
    const gate = await gateOn();
    gate.onEvents = (_request, response) =>
      problem(response, 401, { reason: 'UNAUTHENTICATED', detail: 'who are you' });
    await expect(connect(gate.url)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED', message: 'who are you' });
  });

  it('asks for the authorization anew for every connection', async () => {
    const gate = await gateOn();
    let asked = 0;
    const client = await connect(gate.url, { authorization: () => `Bearer ${++asked}` });
    await client.callObject('A-a', 'x');
    expect(gate.requests[0]?.headers.authorization).toBe('Bearer 1');
    const back = nextState(client, 'connected');
    gate.endStreams();
    await back;
    expect(asked).toBe(2);
  });

  it('sends a call again with a new token when the old one has run out, and once only', async () => {
    const gate = await gateOn();
    let valid = 'Bearer 2';
    gate.onCall = ({ headers }, response) => {
      if (headers.authorization === valid) answerJson(response, 'served');
      else problem(response, 401, { reason: 'UNAUTHENTICATED', detail: 'the token has run out' });
    };
    let asked = 0;
    const client = await connect(gate.url, { token: () => String(Math.min(++asked, 3)) });
    expect(await client.callObject('A-a', 'x')).toBe('served');
    expect(gate.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
    valid = 'Bearer nobody';
    await expect(client.callObject('A-a', 'x')).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
    await expect(client.callObject('A-a', 'x')).rejects.toMatchObject({ message: 'the token has run out' });
    expect(gate.requests.slice(2).map(({ headers }) => headers.authorization)).toEqual([
      'Bearer 2',
      'Bearer 3',
      // There is none but this one any more.
      'Bearer 3',
    ]);
  });

  it('stops connecting when the signal is aborted', async () => {
    const gate = await gateOn();
    gate.onEvents = () => undefined;
    const user = new AbortController();
    const connecting = connect(gate.url, { signal: user.signal });
    user.abort();
    await expect(connecting).rejects.toMatchObject({ reason: 'CANCELLED' });
  });

  it('closes once and for all: waiting calls are cancelled, the stream is given back', async () => {
    const gate = await gateOn();
    gate.onCall = () => undefined;
    const client = await connect(gate.url);
    const call = client.callObject('A-a', 'slow');
    const [stream] = gate.streams;
    const gone = new Promise((resolve) => stream?.once('close', resolve));
    await Promise.all([client.close(), client.close()]);
    await expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
    await expect(client.callObject('A-a', 'x')).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(client.state).toBe('closed');
    await gone;
  });

  it('refuses what is no URL of a gate', async () => {
    for (const url of ['localhost:49000', 'ftp://x', 'grpc://host', '']) {
      await expect(GoverseClient.connect(url)).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
    }
    await expect(GoverseClient.connect([])).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
    await expect(GoverseClient.connect('http://x', { backoffMs: -1 })).rejects.toThrow(/backoffMs/);
  });
});
