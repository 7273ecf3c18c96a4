import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { CallResult, Cancellation, ObjectCall } from '../../src/core/index.js';
import { GoverseError, goverseError } from '../../src/core/index.js';
import type { Link, LinkPeer, ViewStamp } from '../../src/rpc/index.js';
import { loadProto } from '../../src/rpc/index.js';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import type { ServedNode } from './link-fixture.js';
import { MAX_PAYLOAD, aCall, echo, happening, never, peerAt, rawClient, useLinks } from './link-fixture.js';

const { cleanups, node, pool } = useLinks();

async function failure(work: Promise<unknown>): Promise<GoverseError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GoverseError);
  return error as GoverseError;
}

/** Cuts every connection of a node without a word. */
function cutConnections(served: ServedNode): Promise<void> {
  return served.listener.close(0);
}

const bytesOf = (result: CallResult): string =>
  result.payload.kind === 'value' ? 'a value' : Buffer.from(result.payload.bytes).toString();

describe('a call over a Link', () => {
  it('arrives with everything the call says, and comes back with the result', async () => {
    const seen = happening<{ call: ObjectCall; peer: LinkPeer; view: ViewStamp | undefined }>();
    const { address } = await node({
      handler: {
        execute: async (call, _signal, peer, view) => {
          seen.happen({ call, peer, view });
          return { payload: { kind: 'msgpack', bytes: Buffer.from('result') }, created: true };
        },
      },
    });
    const self = peerAt('10.0.0.9:47000', 'gate');
    const call = aCall({
      verb: 'create',
      objectId: 'Ünï-对象',
      type: 'Room',
      method: '',
      payload: { kind: 'msgpack', bytes: Buffer.from('arg'), className: 'JoinArgs' },
      chain: [
        { objectId: 'A-1', turnId: 't1' },
        { objectId: 'B-2', turnId: 't2' },
      ],
      clientId: 'gate:49000/abc',
      caller: { userId: 'ann', roles: ['admin', 'user'] },
      isFromClient: true,
      idempotent: true,
    });

    const result = await pool({ self })
      .link(address)
      .execute(call, never, { store: 's1', revision: 2 ** 40 });

    expect(result).toEqual({ payload: { kind: 'msgpack', bytes: Buffer.from('result') }, created: true });
    const { call: arrived, peer, view } = await seen.happened;
    expect(peer).toMatchObject(self);
    expect(view).toEqual({ store: 's1', revision: 2 ** 40 });
    expect(Math.abs(arrived.deadline - call.deadline)).toBeLessThan(2000);
    expect({ ...arrived, deadline: call.deadline }).toEqual(call);
  });

  it('keeps the order in which calls were made, thousands at a time', async () => {
    const order: number[] = [];
    const { address } = await node({
      handler: {
        execute: async (call) => {
          order.push(Number(call.method));
          return echo(call, never, peerAt(address));
        },
      },
    });
    const link = pool().link(address);
    const calls = Array.from({ length: 5000 }, (_, i) =>
      link.execute(aCall({ method: String(i), payload: { kind: 'json', bytes: Buffer.from(String(i)) } }), never),
    );
    const results = await Promise.all(calls);
    expect(results.map(bytesOf)).toEqual(calls.map((_, i) => String(i)));
    expect(order).toEqual(calls.map((_, i) => i));
  });

  it('lets a fast call overtake a slow one', async () => {
    const release = happening();
    const { address } = await node({
      handler: {
        execute: async (call) => {
          if (call.method === 'Slow') await release.happened;
          return { payload: call.payload };
        },
      },
    });
    const link = pool().link(address);
    const slow = link.execute(aCall({ method: 'Slow' }), never);
    await link.execute(aCall({ method: 'Fast' }), never);
    release.happen();
    await slow;
  });

  it('carries an error with all its facts', async () => {
    const thrown = new GoverseError({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      message: 'Room voll: ü 🎮 \ud800!',
      details: { max: 8, names: ['ann'] },
      retryable: true,
    });
    const { address } = await node({ handler: { execute: () => Promise.reject(thrown) } });
    const error = await failure(pool().link(address).execute(aCall(), never));
    expect(error.toWire()).toEqual({ ...thrown.toWire(), message: thrown.message.toWellFormed() });
  });

  it('turns a handler that throws something else, even at once, into METHOD_FAILED', async () => {
    const { address } = await node({
      handler: {
        execute: () => {
          throw new TypeError('boom');
        },
      },
    });
    const error = await failure(pool().link(address).execute(aCall(), never));
    expect(error.toWire()).toMatchObject({ reason: 'METHOD_FAILED', message: 'TypeError: boom' });
  });

  it('cuts a giant error, and the link lives on', async () => {
    let calls = 0;
    const { address } = await node({
      handler: {
        execute: async (call) => {
          if (calls++ > 0) return { payload: call.payload };
          throw goverseError('METHOD_FAILED', 'x'.repeat(10_000_000), { details: { big: 'y'.repeat(10_000_000) } });
        },
      },
    });
    const link = pool().link(address);
    const error = await failure(link.execute(aCall(), never));
    expect(error.reason).toBe('METHOD_FAILED');
    expect(error.message.length).toBeLessThan(10_000);
    expect(bytesOf(await link.execute(aCall(), never))).toBe('hello');
  });
});

describe('giving up on a call', () => {
  it('tells the executing side, and answers the caller at once', async () => {
    const arrived = happening<Cancellation>();
    const { address } = await node({
      handler: {
        execute: (_call, signal) => {
          arrived.happen(signal);
          return new Promise(() => undefined);
        },
      },
    });
    const caller = new AbortController();
    const result = failure(pool().link(address).execute(aCall(), caller.signal));
    const signal = await arrived.happened;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    caller.abort();
    expect((await result).reason).toBe('CANCELLED');
    await aborted;
    expect((signal.reason as GoverseError).reason).toBe('CANCELLED');
  });

  it('keeps the reason of the abort if it is a GoverseError', async () => {
    const { address } = await node({ handler: { execute: () => new Promise(() => undefined) } });
    const caller = new AbortController();
    const result = failure(pool().link(address).execute(aCall(), caller.signal));
    caller.abort(goverseError('OUTCOME_UNKNOWN', 'fenced'));
    expect((await result).reason).toBe('OUTCOME_UNKNOWN');
  });

  it('happens at the deadline, and the executing side is told', async () => {
    const arrived = happening<Cancellation>();
    const { address } = await node({
      handler: {
        execute: (_call, signal) => {
          arrived.happen(signal);
          return new Promise(() => undefined);
        },
      },
    });
    const link = pool().link(address);
    const long = link.execute(aCall(), never).catch(() => undefined);
    const error = await failure(link.execute(aCall({ deadline: Date.now() + 60 }), never));
    expect(error.reason).toBe('DEADLINE_EXCEEDED');
    const signal = await arrived.happened;
    expect(signal.aborted).toBe(false);
    expect(link.openCalls).toBe(1);
    link.close();
    await long;
  });

  it('sends nothing for a call that is cancelled or late before it could leave', async () => {
    let executed = 0;
    const { address } = await node({
      handler: {
        execute: async (call) => {
          executed++;
          return { payload: call.payload };
        },
      },
    });
    const link = pool().link(address);
    expect((await failure(link.execute(aCall(), AbortSignal.abort()))).reason).toBe('CANCELLED');
    expect((await failure(link.execute(aCall({ deadline: Date.now() - 1 }), never))).reason).toBe('DEADLINE_EXCEEDED');
    const early = new AbortController();
    const waiting = failure(link.execute(aCall(), early.signal));
    early.abort();
    expect((await waiting).reason).toBe('CANCELLED');
    await link.execute(aCall(), never);
    expect(executed).toBe(1);
  });

  it('does not warn when many calls share one signal', async () => {
    const { address } = await node();
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const link = pool().link(address);
    const shared = new AbortController();
    await Promise.all(Array.from({ length: 50 }, () => link.execute(aCall(), shared.signal)));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});

describe('what does not fit', () => {
  it('refuses an argument at the sender, and the link lives on', async () => {
    const { address } = await node();
    const link = pool().link(address);
    const exact = aCall({ payload: { kind: 'opaque', bytes: Buffer.alloc(MAX_PAYLOAD) } });
    const larger = aCall({ payload: { kind: 'opaque', bytes: Buffer.alloc(MAX_PAYLOAD + 1) } });
    const [fits, refused, small] = await Promise.all([
      link.execute(exact, never),
      failure(link.execute(larger, never)),
      link.execute(aCall(), never),
    ]);
    expect(fits.payload).toMatchObject({ kind: 'opaque' });
    expect(refused.reason).toBe('PAYLOAD_TOO_LARGE');
    expect(bytesOf(small)).toBe('hello');
  });

  it('refuses at the sender what only the receiver does not take', async () => {
    const { address } = await node({ maxPayloadBytes: 100 });
    const link = pool().link(address);
    const before = failure(link.execute(aCall({ payload: { kind: 'json', bytes: Buffer.alloc(101) } }), never));
    expect((await before).reason).toBe('PAYLOAD_TOO_LARGE');
    await link.execute(aCall({ payload: { kind: 'json', bytes: Buffer.alloc(100) } }), never);
  });

  it('answers a result that is too large with PAYLOAD_TOO_LARGE', async () => {
    const { address } = await node({
      handler: { execute: async () => ({ payload: { kind: 'json', bytes: Buffer.alloc(MAX_PAYLOAD + 1) } }) },
    });
    const error = await failure(pool().link(address).execute(aCall(), never));
    expect(error.reason).toBe('PAYLOAD_TOO_LARGE');
  });

  it('refuses a call chain that does not fit a frame, without harm to others', async () => {
    const { address } = await node();
    const link = pool().link(address);
    const chain = Array.from({ length: 1000 }, (_, i) => ({ objectId: `${'x'.repeat(200)}-${i}`, turnId: String(i) }));
    expect((await failure(link.execute(aCall({ chain }), never))).reason).toBe('PAYLOAD_TOO_LARGE');
    const fits = chain.slice(0, 200);
    const largest = aCall({ chain: fits, payload: { kind: 'json', bytes: Buffer.alloc(MAX_PAYLOAD) } });
    await Promise.all([link.execute(largest, never), link.execute(largest, never)]);
  });

  it('refuses a live value and what is no text', async () => {
    const { address } = await node();
    const link = pool().link(address);
    expect((await failure(link.execute(aCall({ payload: { kind: 'value', value: 1 } }), never))).reason).toBe(
      'INVALID_ARGUMENT',
    );
    expect((await failure(link.execute(aCall({ method: 5 as never }), never))).reason).toBe('INVALID_ARGUMENT');
    await link.execute(aCall(), never);
  });

  it('answers OVERLOADED above the number of open calls', async () => {
    const { address } = await node({
      handler: { execute: () => new Promise(() => undefined) },
      tuning: { openCallsLimit: 3 },
    });
    const wide = pool().link(address);
    const open = Array.from({ length: 3 }, () =>
      wide.execute(aCall(), never).catch((error: GoverseError) => error.reason),
    );
    const error = await failure(wide.execute(aCall(), never));
    expect(error.toWire()).toMatchObject({ reason: 'OVERLOADED', retryable: true });
    const narrow = pool({ tuning: { openCallsLimit: 1 } }).link(address);
    const one = narrow.execute(aCall(), never).catch((reason: GoverseError) => reason.reason);
    expect((await failure(narrow.execute(aCall(), never))).reason).toBe('OVERLOADED');
    wide.close();
    narrow.close();
    expect(await Promise.all(open)).toEqual(Array(3).fill('OUTCOME_UNKNOWN'));
    expect(await one).toBe('NOT_READY');
  });
});

describe('a peer that is not there', () => {
  it('refuses with NOT_READY when nobody listens, and connects when somebody does', async () => {
    const first = await node();
    await first.listener.close(0);
    const link = pool().link(first.address);
    const error = await failure(link.execute(aCall(), never));
    expect(error.toWire()).toMatchObject({ reason: 'NOT_READY', retryable: true });
    expect(error.message).toContain(first.address);
    expect((await failure(link.execute(aCall(), never))).reason).toBe('NOT_READY');

    await node({ listen: first.address });
    await retried(link);
  });

  it('ends written calls with OUTCOME_UNKNOWN at once when the connection breaks, and dials again', async () => {
    const arrived = happening();
    const first = await node({
      handler: {
        execute: () => {
          arrived.happen();
          return new Promise(() => undefined);
        },
      },
    });
    const link = pool().link(first.address);
    const open = failure(link.execute(aCall(), never));
    await arrived.happened;
    await cutConnections(first);
    expect((await open).reason).toBe('OUTCOME_UNKNOWN');
    await node({ listen: first.address });
    await retried(link);
  });

  it('aborts the calls of a caller whose connection breaks', async () => {
    const arrived = happening<Cancellation>();
    const { address } = await node({
      handler: {
        execute: (_call, signal) => {
          arrived.happen(signal);
          return new Promise(() => undefined);
        },
      },
    });
    const callers = pool();
    const open = failure(callers.link(address).execute(aCall(), never));
    const signal = await arrived.happened;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    await callers.close();
    await aborted;
    expect((await open).reason).toBe('OUTCOME_UNKNOWN');
  });

  it('does not talk to another process on a reused port', async () => {
    const executed: string[] = [];
    const { address } = await node({
      advertise: '10.0.0.1:47000',
      handler: {
        execute: async (call) => {
          executed.push(call.callId);
          return { payload: call.payload };
        },
      },
    });
    const error = await failure(pool().link(address).execute(aCall(), never));
    expect(error.reason).toBe('NOT_READY');
    expect(error.message).toContain('10.0.0.1:47000');
    expect(executed).toEqual([]);
  });

  it('tells nothing to a caller without the secret, and does not try for ever', async () => {
    const { address } = await node({ secret: 'pässwörd' });
    for (const secret of [undefined, 'wrong', 'p']) {
      const error = await failure(pool({ secret }).link(address).execute(aCall(), never));
      expect(error.toWire()).toMatchObject({ reason: 'NOT_READY', retryable: false });
      expect(error.message).toContain('clusterSecret');
    }
    await pool({ secret: 'pässwörd' }).link(address).execute(aCall(), never);
  });

  it('gives up on a peer that takes the connection and says nothing', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => mute.close(resolve));
    });
    const { port } = mute.address() as { port: number };
    const link = pool({ tuning: { connectTimeoutMs: 50 } }).link(`127.0.0.1:${port}`);
    const error = await failure(link.execute(aCall(), never));
    expect(error.reason).toBe('NOT_READY');
    link.close();
  });
});

describe('leaving', () => {
  it('finishes what runs, takes nothing new, and loses no call', async () => {
    const release = happening();
    const arrived = happening();
    const { address, links } = await node({
      handler: {
        execute: async (call) => {
          arrived.happen();
          await release.happened;
          return { payload: call.payload };
        },
      },
    });
    const link = pool().link(address);
    const open = link.execute(aCall(), never);
    await arrived.happened;
    const closed = links.close(10_000);
    const refused = await untilRefused(link);
    expect(refused.toWire()).toMatchObject({ reason: 'NOT_READY', retryable: true });
    release.happen();
    expect(bytesOf(await open)).toBe('hello');
    await closed;
    expect(links.size).toBe(0);
  });

  it('answers every call of a caller that never stops calling with a result or a safe refusal', async () => {
    const { address, links } = await node();
    const link = pool().link(address);
    await link.connect();
    const outcomes = new Map<string, number>();
    let closing: Promise<void> | undefined;
    for (let round = 0; round < 200; round++) {
      if (round === 50) closing = links.close(10_000);
      const batch = Array.from({ length: 20 }, () =>
        link.execute(aCall(), never).then(
          () => 'done',
          (error: GoverseError) => error.reason,
        ),
      );
      if (round % 10 === 0) await Promise.all(batch);
      for (const outcome of await Promise.all(batch)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    await closing;
    expect([...outcomes.keys()].sort()).toEqual(['NOT_READY', 'done']);
  });

  it('cuts what does not end by the deadline', async () => {
    const arrived = happening();
    const { address, links } = await node({
      handler: {
        execute: () => {
          arrived.happen();
          return new Promise(() => undefined);
        },
      },
    });
    const open = failure(pool().link(address).execute(aCall(), never));
    await arrived.happened;
    await links.close(20);
    expect((await open).reason).toBe('OUTCOME_UNKNOWN');
  });

  it('keeps a dropped link until its open calls are answered', async () => {
    const release = happening();
    const arrived = happening();
    const { address } = await node({
      handler: {
        execute: async (call) => {
          arrived.happen();
          await release.happened;
          return { payload: call.payload };
        },
      },
    });
    const links = pool();
    const old = links.link(address);
    const open = old.execute(aCall(), never);
    await arrived.happened;
    links.drop(address);
    expect((await failure(old.execute(aCall(), never))).reason).toBe('NOT_READY');
    release.happen();
    await open;
    expect(old.state).toBe('closed');
    expect(links.link(address)).not.toBe(old);
  });

  it('does not wait long for the answers of a peer that left the cluster', async () => {
    const arrived = happening();
    const { address } = await node({ handler: { execute: () => (arrived.happen(), new Promise(() => {})) } });
    const clock = new ManualClock();
    const links = pool({ clock });
    const old = links.link(address);
    const open = failure(old.execute(aCall({ deadline: clock.now() + 20_000 }), never));
    await arrived.happened;
    links.drop(address);
    expect(old.state).toBe('up');
    clock.advance(250);
    expect(await open).toMatchObject({
      reason: 'OUTCOME_UNKNOWN',
      retryable: false,
      message: expect.stringContaining('the process left the cluster') as string,
    });
    expect(old.state).toBe('closed');
  });

  it('closes the links to peers that left with the others', async () => {
    const arrived = happening();
    const { address } = await node({ handler: { execute: () => (arrived.happen(), new Promise(() => {})) } });
    const clock = new ManualClock();
    const links = pool({ clock });
    const open = failure(links.link(address).execute(aCall({ deadline: clock.now() + 20_000 }), never));
    await arrived.happened;
    links.drop(address);
    await links.close();
    expect((await open).reason).toBe('OUTCOME_UNKNOWN');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a peer that misbehaves', () => {
  const hello = { hello: { protocol: 1, address: '10.0.0.9:1', startId: 's', role: 1 } };

  function raw(address: string) {
    const client = rawClient(address);
    cleanups.push(async () => client.close());
    const stream = client.link();
    const ended = happening<{ code: number; details: string; reason: unknown }>();
    stream.on('error', (error: ServiceError) =>
      ended.happen({ code: error.code, details: error.details, reason: error.metadata.get('goverse-reason')[0] }),
    );
    stream.on('status', ({ code, details }) => ended.happen({ code, details, reason: undefined }));
    return { stream, ended: ended.happened };
  }

  it('is told that its first frame must be a hello', async () => {
    const { address } = await node();
    const { stream, ended } = raw(address);
    stream.resume();
    stream.write({ calls: [{ seq: 1, objectId: 'A-1', method: 'x' }] });
    expect(await ended).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'INVALID_ARGUMENT' });
  });

  it('is told that it sent garbage; its calls are aborted, others notice nothing', async () => {
    const arrived = happening<Cancellation>();
    const { address } = await node({
      handler: {
        execute: async (call, signal) => {
          if (call.method !== 'Hang') return { payload: call.payload };
          arrived.happen(signal);
          return new Promise(() => undefined);
        },
      },
    });
    const other = pool().link(address);
    await other.connect();
    const { stream, ended } = raw(address);
    stream.resume();
    stream.write({ ...hello, calls: [{ seq: 1, objectId: 'A-1', method: 'Hang', timeoutMs: 1000 }] });
    const signal = await arrived.happened;
    const garbage = rawBytesLink(address, Buffer.from([0x0a, 0xff, 0xff]));
    expect((await garbage).code).toBe(status.INVALID_ARGUMENT);
    stream.write({ ...hello, calls: [{ seq: 1, objectId: 'A-1', method: 'Again' }] });
    expect(await ended).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(signal.aborted).toBe(true);
    expect(bytesOf(await other.execute(aCall(), never))).toBe('hello');
  });

  it('is noticed when it says nothing more', async () => {
    const gone = happening<LinkPeer>();
    const { address } = await node({ tuning: { heartbeatMs: 20 }, handler: { linkDown: (peer) => gone.happen(peer) } });
    const { stream, ended } = raw(address);
    stream.write(hello);
    stream.resume();
    expect((await gone.happened).address).toBe('10.0.0.9:1');
    expect((await ended).code).toBe(status.UNAVAILABLE);
  });

  it('is noticed by the caller when it does not answer any more', async () => {
    const { address } = await node({ methods: { Link: muteAfterHello } });
    const link = pool({ tuning: { heartbeatMs: 20 } }).link(address);
    const error = await failure(link.execute(aCall(), never));
    expect(error.reason).toBe('OUTCOME_UNKNOWN');
  });

  it('cannot make a caller hold more than its limit', async () => {
    const { address } = await node({ methods: { Link: neverReads } });
    const outboxBytes = 1024 * 1024;
    const link = pool({ tuning: { outboxBytes } }).link(address);
    await link.connect();
    const payload = { kind: 'opaque', bytes: Buffer.alloc(MAX_PAYLOAD) } as const;
    const outcomes: Promise<string>[] = [];
    // What grpc-js and the sockets hold comes on top of the outbox.
    const atMost = (outboxBytes + 64 * 1024 * 1024) / MAX_PAYLOAD;
    let reason = '';
    while (reason === '' && outcomes.length < atMost) {
      const outcome = link
        .execute(aCall({ payload }), never)
        .catch((error: GoverseError) => error.reason) as Promise<string>;
      outcomes.push(outcome);
      reason = await Promise.race([outcome, new Promise<string>((resolve) => setImmediate(() => resolve('')))]);
    }
    expect(reason).toBe('OVERLOADED');
    link.close();
    await Promise.all(outcomes);
  });

  it('gets no more calls in while it does not read its results', async () => {
    let executed = 0;
    const { address } = await node({
      tuning: { outboxBytes: 256 * 1024 },
      handler: {
        execute: async () => {
          executed++;
          return { payload: { kind: 'json', bytes: Buffer.alloc(MAX_PAYLOAD) } };
        },
      },
    });
    const { stream } = raw(address);
    const calls = 20_000;
    // grpc-js stops reading only after it has been asked once.
    stream.once('data', () => stream.pause());
    stream.write(hello);
    for (let seq = 1; seq <= calls; seq += 10) {
      stream.write({
        calls: Array.from({ length: 10 }, (_, i) => ({
          seq: seq + i,
          objectId: 'A-1',
          method: 'x',
          payload: Buffer.alloc(1000),
        })),
      });
    }
    await settledDown(() => executed);
    expect(executed).toBeGreaterThan(0);
    expect(executed).toBeLessThan(2000);
    stream.cancel();
  });
});

/** A server that greets, then neither answers nor pings. */
function muteAfterHello(stream: ServerDuplexStream<Buffer, Buffer>): void {
  greet(stream);
  stream.resume();
}

/** A server that greets and does not even read. */
function neverReads(stream: ServerDuplexStream<Buffer, Buffer>): void {
  greet(stream);
}

function greet(stream: ServerDuplexStream<Buffer, Buffer>): void {
  const { Link } = loadProto().goverse;
  const address = `127.0.0.1:${stream.getHost().split(':')[1]}`;
  stream.write(Link!.responseSerialize({ hello: { protocol: 1, address, startId: 's', role: 1 } } as never));
}

/** Sends bytes as a frame; resolves to the status that ends the stream. */
function rawBytesLink(address: string, bytes: Buffer): Promise<{ code: number }> {
  const client = new Client(address, credentials.createInsecure());
  const asIs = (frame: Buffer) => frame;
  const stream = client.makeBidiStreamRequest('/goverse.Goverse/Link', asIs, asIs);
  stream.resume();
  stream.on('error', () => undefined);
  stream.write(bytes);
  return new Promise((resolve) => stream.on('status', (ended) => resolve((client.close(), ended))));
}

/** Resolves when a number has stopped changing for many turns of the event loop. */
async function settledDown(value: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 50;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    same = value() === last && last > 0 ? same + 1 : 0;
    last = value();
  }
}

/** Calls until the link is up again; fails by the test's own timeout. */
async function retried(link: Link): Promise<void> {
  for (;;) {
    try {
      expect(bytesOf(await link.execute(aCall(), never))).toBe('hello');
      return;
    } catch (error) {
      expect((error as GoverseError).reason).toBe('NOT_READY');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function untilRefused(link: Link): Promise<GoverseError> {
  for (;;) {
    if (link.state !== 'up') return failure(link.execute(aCall(), never));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
