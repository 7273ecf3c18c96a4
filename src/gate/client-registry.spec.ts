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

function setUp(queueLimit = 3) {
  const left: ClientProxy[] = [];
  const registry = new ClientRegistry({
    address: () => 'gate-1:49000',
    queueLimit,
    policy: rejectWhenFull,
    onLeave: (client) => left.push(client),
  });
  const join = (sink = new Transport()) => ({
    sink,
    client: registry.register({ identity: undefined, connection, sink }),
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
});
