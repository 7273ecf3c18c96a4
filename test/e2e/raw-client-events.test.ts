import { describe, expect, it } from 'vitest';
import { RawEventStream } from '../support/raw-event-stream.js';
import { pathOf, problemOf, sendJson, valueOf } from '../support/raw-http.js';
import type { RawAnswer } from '../support/raw-http.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';

describe('server-sent events as the wire document describes them', () => {
  const use = useFixtureCluster();

  const call = async (
    objectId: string,
    method: string,
    argument?: unknown,
    headers?: Record<string, string>,
  ): Promise<unknown> => valueOf(await sendJson(use.gate.http, 'POST', pathOf(objectId, method), argument, headers));

  it('begin with the client id and the token, in a stream nobody stores', async () => {
    const stream = await RawEventStream.open(use.gate.http);
    expect(stream.statusLine).toMatch(/^HTTP\/1\.1 200 /);
    expect(stream.header('content-type')).toMatch(/^text\/event-stream\b/);
    expect(stream.header('cache-control')).toMatch(/no-cache|no-store/);
    const { name, id, data } = await stream.next();
    expect([name, id, Object.keys(data as object).sort()]).toEqual(['register', undefined, ['clientId', 'token']]);
    const { clientId } = data as { clientId: string };
    expect(clientId.slice(0, clientId.indexOf('/'))).toBe(use.gate.address);
    expect(clientId.slice(clientId.indexOf('/') + 1)).toMatch(/^[A-Za-z0-9_-]{20}$/);
  });

  it('bring pushes in order, each with an id of its own', async () => {
    const { stream, clientId, token } = await use.events();
    await call('Pusher-sse', 'Push', { count: 100 }, { 'x-client-id': clientId, 'x-client-token': token });
    const events = await stream.take(100);
    expect(events.map(({ name, data }) => ({ name, data }))).toEqual(
      Array.from({ length: 100 }, (_, n) => ({ name: 'message', data: { type: 'Note', data: { n, text: '' } } })),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(100);
    expect(events.every(({ id }) => typeof id === 'string' && id !== '')).toBe(true);
  });

  it('show a protobuf push as JSON', async () => {
    const { stream, clientId, token } = await use.events();
    await call('Pusher-sse-typed', 'PushTyped', undefined, { 'x-client-id': clientId, 'x-client-token': token });
    expect((await stream.next()).data).toEqual({ type: 'Typed', data: { ok: true } });
    // proto3's JSON mapping: 64-bit integers are strings.
    const data = { text: 'as protobuf', names: ['ann'], total: '7' };
    expect((await stream.next()).data).toEqual({ type: 'fixture.Answer', data });
  });

  it('belong to whoever has the token: the id alone gives nothing', async () => {
    const { clientId, token } = await use.events();
    const context = (headers: Record<string, string>) =>
      sendJson(use.gate.http, 'POST', pathOf('Echo-1', 'Context'), undefined, headers);
    for (const headers of [{ 'x-client-id': clientId }, { 'x-client-id': clientId, 'x-client-token': 'guessed' }]) {
      expect(problemOf(await context(headers as Record<string, string>))).toMatchObject({
        status: 403,
        reason: 'CLIENT_ID_NOT_YOURS',
      });
    }
    expect(valueOf(await context({ 'x-client-id': clientId, 'x-client-token': token }))).toMatchObject({
      clientId,
      isFromClient: true,
    });
  });

  it('end with the connection: the client is forgotten', async () => {
    const { stream, clientId } = await use.events();
    stream.close();
    let answer: RawAnswer;
    do answer = await sendJson(use.gate.http, 'POST', pathOf('Pusher-sse-gone', 'PushOne'), { clientIds: [clientId] });
    while (answer.status === 200);
    expect(problemOf(answer)).toMatchObject({ status: 404, reason: 'CLIENT_NOT_CONNECTED' });
  });
});
