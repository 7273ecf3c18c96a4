import { describe, expect, it } from 'vitest';
import { LazySignal } from '../core/index.js';
import type { ClientConnection } from '../config/index.js';
import type { ClientProxy } from './client-proxy.js';
import { ClientRegistry } from './client-registry.js';
import type { PushSink, QueuedPush } from './push-sink.js';
import { PushedMessage } from './pushed-message.js';
import { rejectWhenFull } from './slow-client-policy.js';

const connection: ClientConnection = { protocol: 'grpc', peer: '127.0.0.1:1234' };
const message = (text: string) => new PushedMessage(Buffer.from(text), () => ({ type: 'T', data: text }));

/** A transport that takes as many batches as a test allows. */
class Transport implements PushSink {
  readonly batches: string[][] = [];
  readonly seqs: number[] = [];
  takes = Infinity;
  breaks = false;
  ended = false;
  destroyed = false;

  write(batch: readonly QueuedPush[]): boolean {
    if (this.breaks) throw new Error('broken transport');
    this.batches.push(batch.map((push) => Buffer.from(push.message.any).toString()));
    this.seqs.push(...batch.map(({ seq }) => seq));
    return --this.takes > 0;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

function setUp(messages = 3, resumeWindowMs?: number) {
  const left: ClientProxy[] = [];
  const registry = new ClientRegistry({
    address: () => 'gate-1:49000',
    queueLimits: { messages, bytes: 1024 },
    policy: rejectWhenFull,
    resumeWindowMs,
    onLeave: (client) => left.push(client),
  });
  const resumable = resumeWindowMs !== undefined;
  const join = (sink = new Transport()) => ({
    sink,
    client: registry.register({ identity: undefined, connection, sink, resumable }),
  });
  return { registry, join, left };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('ClientRegistry', () => {
  it('gives ids of the gate and tokens nobody can guess', () => {
    const { join } = setUp();
    const [a, b] = [join().client, join().client];
    expect(a.id).toMatch(/^gate-1:49000\/[A-Za-z0-9_-]{20}$/);
    expect(a.token).toMatch(/^[A-Za-z0-9_-]{80,}$/);
    expect([a.id, a.token]).not.toEqual([b.id, b.token]);
  });

  it('writes to some clients at a time, and joins what is pushed meanwhile', async () => {
    const { registry, join } = setUp(10);
    const clients = Array.from({ length: 100 }, () => join());
    const broadcast = (text: string) => {
      for (const { client } of clients) registry.deliver(client.id, message(text));
    };
    const written = () => clients.filter(({ sink }) => sink.batches.length > 0).length;
    broadcast('a');
    await turn();
    expect(written()).toBeGreaterThan(0);
    expect(written()).toBeLessThan(50);
    const late = clients.filter(({ sink }) => sink.batches.length === 0);
    broadcast('b');
    while (clients.some(({ sink }) => sink.batches.flat().length < 2)) await turn();
    for (const { sink } of late) expect(sink.batches).toEqual([['a', 'b']]);
    for (const { sink } of clients) expect(sink.batches.flat()).toEqual(['a', 'b']);
  });

  it('writes what was pushed in one turn of the event loop at once, numbered in order', async () => {
    const { registry, join } = setUp();
    const { client, sink } = join();
    for (const text of ['a', 'b', 'c']) expect(registry.deliver(client.id, message(text))).toBe('delivered');
    expect(sink.batches).toEqual([]);
    await turn();
    expect(sink.batches).toEqual([['a', 'b', 'c']]);
    registry.deliver(client.id, message('d'));
    await turn();
    expect(sink.seqs).toEqual([1, 2, 3, 4]);
  });

  it('refuses what does not fit the queue of a client that is full, and goes on when it has drained', async () => {
    const { registry, join } = setUp(3);
    const { client, sink } = join();
    sink.takes = 1;
    registry.deliver(client.id, message('taken'));
    await turn();
    for (const text of ['1', '2', '3']) expect(registry.deliver(client.id, message(text))).toBe('delivered');
    expect(registry.deliver(client.id, message('4'))).toBe('QUEUE_FULL');
    await turn();
    expect(sink.batches).toEqual([['taken']]);
    expect(client.waiting).toBe(3);
    sink.takes = Infinity;
    client.drained(sink);
    expect(sink.batches).toEqual([['taken'], ['1', '2', '3']]);
    expect(registry.deliver(client.id, message('5'))).toBe('delivered');
    await turn();
    expect(sink.seqs).toEqual([1, 2, 3, 4, 5]);
  });

  it('knows nobody it has forgotten, and tells once that they left', async () => {
    const { registry, join, left } = setUp();
    const { client, sink } = join();
    registry.deliver(client.id, message('lost'));
    registry.unregister(client);
    registry.unregister(client);
    await turn();
    expect(sink.batches).toEqual([]);
    expect(registry.deliver(client.id, message('x'))).toBe('CLIENT_NOT_CONNECTED');
    expect(client.enqueue(message('x'))).toBe('CLIENT_NOT_CONNECTED');
    expect(left).toEqual([client]);
    await registry.whenEmpty();
  });

  it('cancels the calls of a client that leaves', () => {
    const { registry, join } = setUp();
    const { client } = join();
    const [running, finished] = [new LazySignal(), new LazySignal()];
    client.track(running);
    client.track(finished)();
    registry.unregister(client);
    expect(running.signal.reason).toMatchObject({ reason: 'CANCELLED' });
    expect(finished.signal.aborted).toBe(false);
  });

  it('lets the calls of clients finish whose streams the gate itself ends', () => {
    const { registry, join } = setUp();
    const { client, sink } = join();
    const running = new LazySignal();
    client.track(running);
    registry.deliver(client.id, message('last'));
    registry.endAll();
    registry.unregister(client);
    expect([sink.batches, sink.ended, running.signal.aborted]).toEqual([[['last']], true, false]);
  });

  it('cuts the one client whose transport breaks and goes on with the others', async () => {
    const { registry, join } = setUp();
    const [bad, good] = [join(), join()];
    bad.sink.breaks = true;
    for (const { client } of [bad, good]) registry.deliver(client.id, message('x'));
    await turn();
    expect([bad.sink.destroyed, good.sink.batches]).toEqual([true, [['x']]]);
  });

  it('takes nothing for clients it hands over, until it is told that nobody took them, and writes what waits', async () => {
    const { registry, join } = setUp(3, 60_000);
    const { client, sink } = join();
    sink.takes = 1;
    registry.deliver(client.id, message('1'));
    await turn();
    registry.deliver(client.id, message('2'));
    const records = registry.records();
    expect(records).toMatchObject([{ clientId: client.id, token: client.token, lastSeq: 1, windowMs: 60_000 }]);
    expect(records[0]!.pushes.map(({ seq, message: any }) => [seq, String(any)])).toEqual([
      [1, '1'],
      [0, '2'],
    ]);
    sink.takes = Infinity;
    client.drained(sink);
    expect(registry.deliver(client.id, message('3'))).toBe('QUEUE_FULL');
    await turn();
    expect([sink.batches, sink.seqs]).toEqual([
      [['1'], ['2']],
      [1, 2],
    ]);
    registry.keep(records);
    expect(registry.deliver(client.id, message('3'))).toBe('delivered');
    await turn();
    expect([sink.batches, sink.seqs]).toEqual([
      [['1'], ['2'], ['3']],
      [1, 2, 3],
    ]);
  });

  it('believes no acknowledgement of what was never sent', async () => {
    const { registry, join } = setUp(3, 60_000);
    const { client } = join();
    registry.deliver(client.id, message('1'));
    registry.deliver(client.id, message('2'));
    await turn();
    client.acknowledge(3);
    const claim = { clientId: client.id, token: client.token };
    const sink = new Transport();
    expect(registry.resume(claim, { identity: undefined, connection, sink, resumable: true }, 0)?.resumed).toBe(true);
    client.acknowledge(1);
    await turn();
    expect(sink.batches).toEqual([['1', '2']]);
    expect(registry.resume(claim, { identity: undefined, connection, sink, resumable: true }, 3)?.resumed).toBe(false);
    expect(client.token).not.toBe(claim.token);
  });

  describe('a client that comes from another gate', () => {
    const id = 'gate-2:49000/aaaaaa-client';
    const push = (seq: number, text: string) => ({ seq, at: 0, message: Buffer.from(text) });
    const left = { clientId: id, token: 'token', lastSeq: 2, windowMs: 1, part: 0, more: false };
    const known = { ...left, pushes: [push(1, '1'), push(2, '2'), push(0, '3'), push(0, '4')] };

    async function arrive(received: number) {
      const { registry } = setUp(3, 60_000);
      const sink = new Transport();
      const stream = { identity: undefined, connection, sink, resumable: true };
      registry.expect(id);
      expect(registry.deliver(id, message('6'))).toBe('delivered');
      const arrival = { client: known, pushes: [push(0, '5')], settle: () => {} };
      const client = registry.arrive({ clientId: id, token: 'token' }, arrival, stream, received);
      await turn();
      return { registry, client, sink, got: [client.resumed, sink.batches.flat().join(''), sink.seqs] };
    }

    it('gets what it has not got: what was written, what waited, what nodes kept, what came here', async () => {
      expect((await arrive(1)).got).toEqual([true, '23456', [2, 3, 4, 5, 6]]);
    });

    it('may have got some of what waited, with the numbers that follow', async () => {
      expect((await arrive(3)).got).toEqual([true, '456', [4, 5, 6]]);
      expect((await arrive(4)).got).toEqual([true, '56', [5, 6]]);
    });

    it('is told that it counts wrong when it has got more than there was', async () => {
      expect((await arrive(5)).got).toEqual([false, '123456', [1, 2, 3, 4, 5, 6]]);
    });

    it('is gone when it has come to yet another one', async () => {
      const { registry, client, sink } = await arrive(1);
      registry.moved(id);
      expect([client.gone, sink.ended, registry.find(id), registry.deliver(id, message('7'))]).toEqual([
        true,
        true,
        undefined,
        'CLIENT_NOT_CONNECTED',
      ]);
    });
  });

  it('lets nodes tell the clients that may come back from the others', () => {
    const { registry, join } = setUp(3, 60_000);
    const passing = registry.register({ identity: undefined, connection, sink: new Transport() });
    const prefix = `gate-1:49000/${registry.tag}`;
    expect([join().client.id.startsWith(prefix), passing.id.startsWith(prefix)]).toEqual([true, false]);
    expect([registry.owns(passing.id), registry.adopted()]).toEqual([true, []]);
  });
});
