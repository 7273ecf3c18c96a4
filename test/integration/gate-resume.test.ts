import { afterEach, describe, expect, it } from 'vitest';
import { status } from '@grpc/grpc-js';
import type { DisconnectedClient } from '../../src/gate/index.js';
import { RawEventStream } from '../support/raw-event-stream.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { argumentOf, json, refusal, startTestGate, TestClient } from './gate-fixture.js';
import type { Registered, TestGate, TestGateOptions } from './gate-fixture.js';

let gate: TestGate;
let proxy: TcpProxy;
const open: { close(): void }[] = [];

async function start(test: TestGateOptions = {}): Promise<void> {
  gate = await startTestGate({ answer: (call) => json(call, argumentOf(call)), ...test });
  proxy = await TcpProxy.start(gate.runtime.address);
}

afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await proxy.stop();
  await gate.close();
});

/** A connection that `proxy.cut()` breaks. */
function breakable(): TestClient {
  const client = new TestClient(proxy.endpoint);
  open.push(client);
  return client;
}

async function events(query = '', headers: Record<string, string> = {}) {
  const stream = await RawEventStream.open(gate.http.slice('http://'.length), headers, `/v1/events${query}`);
  open.push(stream);
  const first = await stream.next();
  return { stream, first, ...(first.data as { clientId: string; token: string; resumed?: boolean }) };
}

/** The connection is lost, and the gate has noticed. */
async function cut(): Promise<void> {
  proxy.cut();
  await gate.runtime.edge.registry.whenEmpty();
  proxy.mend();
}

const push = (clientId: string, ...data: unknown[]) =>
  data.map((value) => gate.cluster.push([clientId], 'Tick', value).failed[0]?.reason ?? 'delivered');

async function take(registered: Registered, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push((await registered.push()).data);
  return taken;
}

async function takeEvents(stream: RawEventStream, count: number): Promise<[string | undefined, unknown][]> {
  const taken = await stream.take(count);
  return taken.map(({ id, data }) => [id, (data as { data: unknown }).data]);
}

const resuming = (resumeToken: string, received: number) => ({ resumeToken, received });

describe('a client whose connection broke', () => {
  it('keeps its id and gets what it missed, written before or pushed meanwhile, in order and once', async () => {
    await start();
    const registered = breakable().register();
    const { clientId, token } = await registered.first();
    push(clientId, 1, 2, 3);
    expect(await take(registered, 3)).toEqual([1, 2, 3]);
    await cut();
    expect(push(clientId, 4, 5)).toEqual(['delivered', 'delivered']);
    // It had handled only the first one.
    const again = gate.client().register({}, resuming(token, 1));
    expect(await again.first()).toEqual({ clientId, token, resumed: true });
    push(clientId, 6);
    expect(await take(again, 5)).toEqual([2, 3, 4, 5, 6]);
  });

  it('may come back again and again', async () => {
    await start();
    let registered = breakable().register();
    const { clientId, token } = await registered.first();
    for (let n = 0; n < 5; n++) {
      push(clientId, 2 * n);
      expect(await take(registered, 1)).toEqual([2 * n]);
      await cut();
      push(clientId, 2 * n + 1);
      registered = breakable().register({}, resuming(token, 2 * n + 1));
      expect(await registered.first()).toEqual({ clientId, token, resumed: true });
      expect(await take(registered, 1)).toEqual([2 * n + 1]);
    }
  });

  it('gets broadcasts of the time it was away', async () => {
    await start();
    const { clientId, token } = await breakable().register().first();
    await cut();
    expect(gate.cluster.push(undefined, 'Tick', 'all')).toMatchObject({ delivered: 1, failed: [] });
    const again = gate.client().register({}, resuming(token, 0));
    expect(await again.first()).toMatchObject({ clientId, resumed: true });
    expect(await take(again, 1)).toEqual(['all']);
  });

  it('may call with its token meanwhile, and its calls were cancelled when it broke', async () => {
    let cancelled!: (reason: unknown) => void;
    const cancellation = new Promise((resolve) => (cancelled = resolve));
    await start({
      answer: (call, signal) => {
        if (call.method !== 'Sleep') return json(call, argumentOf(call));
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            cancelled(signal.reason);
            reject(signal.reason as Error);
          });
        });
      },
    });
    const { clientId, token } = await breakable().register().first();
    const other = gate.client();
    const refused = refusal(other.call('Slow-1', 'Sleep', 1, { clientId }, { 'x-client-token': token }));
    while (gate.cluster.calls.length === 0) await new Promise(setImmediate);
    await cut();
    expect(await cancellation).toMatchObject({ reason: 'CANCELLED' });
    expect((await refused).reason).toBe('CANCELLED');
    expect(await other.call('Echo-1', 'Say', 'hi', { clientId }, { 'x-client-token': token })).toBe('hi');
    expect((await refusal(other.call('Echo-1', 'Say', 'hi', { clientId }))).reason).toBe('CLIENT_ID_NOT_YOURS');
  });

  it('is forgotten after the window, and is a new one then', async () => {
    await start({ options: { resumeWindowMs: 40 } });
    const { clientId, token } = await breakable().register().first();
    await cut();
    expect(push(clientId, 1)).toEqual(['delivered']);
    await expect.poll(() => gate.runtime.edge.registry.find(clientId)).toBeUndefined();
    expect(push(clientId, 2)).toEqual(['CLIENT_NOT_CONNECTED']);
    const { clientId: another, resumed } = await gate.client().register({}, resuming(token, 0)).first();
    expect([another === clientId, resumed]).toEqual([false, false]);
  });

  it('is forgotten when its queue is full, as whoever pushed is told', async () => {
    await start({ options: { clientQueueLimit: 2 } });
    const { clientId, token } = await breakable().register().first();
    await cut();
    expect(push(clientId, 1, 2, 3, 4)).toEqual([
      'delivered',
      'delivered',
      'CLIENT_NOT_CONNECTED',
      'CLIENT_NOT_CONNECTED',
    ]);
    expect(await gate.client().register({}, resuming(token, 0)).first()).toMatchObject({ resumed: false });
  });

  it('is told when what it has is not where the history begins; numbers then begin at 1 again', async () => {
    await start();
    const registered = breakable().register();
    const { clientId, token } = await registered.first();
    push(clientId, ...Array.from({ length: 1_000 }, (_, i) => i));
    await take(registered, 1_000);
    const client = gate.runtime.edge.registry.find(clientId)!;
    client.acknowledge(900);
    await cut();
    push(clientId, 'later');
    const again = breakable().register({}, resuming(token, 899));
    const told = await again.first();
    expect(told).toMatchObject({ clientId, resumed: false });
    expect(told.token).not.toBe(token);
    expect(await take(again, 101)).toEqual([...Array.from({ length: 100 }, (_, i) => 900 + i), 'later']);
    await cut();
    push(clientId, 'last');
    // The old token is of the old numbers.
    const old = breakable().register({}, resuming(token, 50));
    expect(await old.first()).toMatchObject({ clientId, resumed: false });
    expect((await take(old, 102)).at(-1)).toBe('last');
  });
});

describe('a resume token', () => {
  it('of a client that is connected moves it to the new stream, whose old one ends', async () => {
    const left: DisconnectedClient[] = [];
    const authenticator = {
      authenticate: () => ({ userId: 'ann', roles: [] }),
      onDisconnect: (client: DisconnectedClient) => void left.push(client),
    };
    await start({ options: { authenticator } });
    const first = gate.client().register();
    const { clientId, token } = await first.first();
    push(clientId, 1);
    await take(first, 1);
    const second = gate.client().register({}, resuming(token, 1));
    expect(await second.first()).toEqual({ clientId, token, resumed: true });
    const { code, metadata } = await first.status;
    expect([code, metadata.get('goverse-reason')[0]]).toEqual([status.CANCELLED, 'CANCELLED']);
    push(clientId, 2);
    expect(await take(second, 1)).toEqual([2]);
    expect(gate.runtime.edge.registry.size).toBe(1);
    expect(left.map((client) => client.clientId)).toEqual([clientId]);
  });

  it('frees a client from a connection that is only half there', async () => {
    await start();
    const { clientId, token } = await breakable().register().first();
    proxy.freezeConnections();
    push(clientId, 1, 2);
    const second = gate.client().register({}, resuming(token, 0));
    expect(await second.first()).toEqual({ clientId, token, resumed: true });
    expect(await take(second, 2)).toEqual([1, 2]);
  });

  it.each([
    ['guessed', () => 'x'.repeat(112)],
    ['changed in its last character', (token: string) => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')],
    ['made longer', (token: string) => `${token}x`],
    ['cut short', (token: string) => token.slice(0, -4)],
    ['endless', (token: string) => token.repeat(1000)],
  ])('that is %s makes a new client and changes nothing for the real one', async (_what, forge) => {
    await start();
    const real = gate.client().register();
    const { clientId, token } = await real.first();
    push(clientId, 1);
    const stranger = gate.client().register({}, resuming(forge(token), 0));
    const told = await stranger.first();
    expect([told.clientId === clientId, told.resumed]).toEqual([false, false]);
    push(clientId, 2);
    expect(await take(real, 2)).toEqual([1, 2]);
  });

  it('is refused under another identity, and changes nothing for the real client', async () => {
    const authenticator = {
      authenticate: ({ authorization }: { authorization?: string | undefined }) =>
        authorization ? { userId: authorization, roles: [] } : null,
    };
    await start({ options: { authenticator } });
    const real = gate.client().register({ authorization: 'ann' });
    const { clientId, token } = await real.first();
    const { code, metadata } = await gate.client().register({ authorization: 'bob' }, resuming(token, 0)).status;
    expect([code, metadata.get('goverse-reason')[0]]).toEqual([status.PERMISSION_DENIED, 'CLIENT_ID_NOT_YOURS']);
    const nobody = await gate.client().register({}, resuming(token, 0)).status;
    expect(nobody.metadata.get('goverse-reason')[0]).toBe('UNAUTHENTICATED');
    push(clientId, 1);
    expect(await take(real, 1)).toEqual([1]);
    const query = `?token=${token}`;
    const answer = await fetch(`${gate.http}/v1/events${query}`, { headers: { authorization: 'bob' } });
    expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([403, 'CLIENT_ID_NOT_YOURS']);
    const again = gate.client().register({ authorization: 'ann' }, resuming(token, 1));
    expect(await again.first()).toEqual({ clientId, token, resumed: true });
  });

  it('is worth nothing when resuming is switched off', async () => {
    await start({ options: { resumeWindowMs: 0 } });
    const { clientId, token } = await breakable().register().first();
    await cut();
    expect(push(clientId, 1)).toEqual(['CLIENT_NOT_CONNECTED']);
    expect(await gate.client().register({}, resuming(token, 0)).first()).toMatchObject({ resumed: false });
  });
});

describe('a client that closes its stream while its connection lives', () => {
  it('is gone for pushes soon', async () => {
    await start();
    const registered = gate.client().register();
    const { clientId } = await registered.first();
    registered.cancel();
    await gate.runtime.edge.registry.whenEmpty();
    // Long before the time in which it might resume is over.
    await expect.poll(() => push(clientId, 1)).toEqual(['CLIENT_NOT_CONNECTED']);
    expect(gate.runtime.edge.registry.find(clientId)).toBeUndefined();
  });

  it('may come back all the same while nothing has been refused', async () => {
    await start();
    const registered = gate.client().register();
    const { clientId, token } = await registered.first();
    registered.cancel();
    await gate.runtime.edge.registry.whenEmpty();
    push(clientId, 1);
    const again = gate.client().register({}, resuming(token, 0));
    expect(await again.first()).toEqual({ clientId, token, resumed: true });
    expect(await take(again, 1)).toEqual([1]);
  });

  it('is one whose connection broke where a proxy shares connections', async () => {
    await start({ options: { bindClientIds: 'token' } });
    const registered = gate.client().register();
    const { clientId } = await registered.first();
    registered.cancel();
    await gate.runtime.edge.registry.whenEmpty();
    const client = gate.runtime.edge.registry.find(clientId)!;
    expect(gate.runtime.edge.registry.expects(client)).toBe(true);
  });
});

describe('server-sent events', () => {
  it('go on after Last-Event-ID with the token', async () => {
    await start();
    const { stream, clientId, token, first } = await events();
    expect(first.data).toEqual({ clientId, token });
    push(clientId, 'a', 'b', 'c');
    expect(await takeEvents(stream, 3)).toEqual([
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ]);
    stream.close();
    await gate.runtime.edge.registry.whenEmpty();
    push(clientId, 'd');
    const again = await events(`?token=${token}`, { 'last-event-id': '2' });
    expect(again.first).toMatchObject({ id: undefined, data: { clientId, token, resumed: true } });
    expect(await takeEvents(again.stream, 2)).toEqual([
      ['3', 'c'],
      ['4', 'd'],
    ]);
    // As a page does that opens a new EventSource: it cannot set the header.
    const page = await events(`?token=${token}&lastEventId=4`);
    push(clientId, 'e');
    expect(page.resumed).toBe(true);
    expect(await takeEvents(page.stream, 1)).toEqual([['5', 'e']]);
  });

  it('tell a client that cannot go on, and take its Last-Event-ID back', async () => {
    await start();
    const { stream, clientId, token } = await events();
    push(clientId, 'a');
    await takeEvents(stream, 1);
    const again = await events(`?token=${token}`, { 'last-event-id': 'nonsense' });
    expect(again.first).toMatchObject({ id: '0', data: { clientId, resumed: false } });
    expect(again.token).not.toBe(token);
    expect(await takeEvents(again.stream, 1)).toEqual([['1', 'a']]);
  });

  it('go on where a Register stream ended, and the other way round', async () => {
    await start();
    const { clientId, token } = await breakable().register().first();
    await cut();
    push(clientId, 'a');
    const sse = await events(`?token=${token}`);
    expect(sse).toMatchObject({ clientId, resumed: true });
    expect(await takeEvents(sse.stream, 1)).toEqual([['1', 'a']]);
    const grpc = gate.client().register({}, resuming(token, 1));
    expect(await grpc.first()).toEqual({ clientId, token, resumed: true });
  });
});
