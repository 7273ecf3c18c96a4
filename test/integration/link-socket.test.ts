import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { CallResult } from '../../src/core/index.js';
import { GoverseError } from '../../src/core/index.js';
import type { LinkPool, PeerRoute } from '../../src/rpc/index.js';
import { ManualClock } from '../support/manual-clock.js';
import { SeededRandom } from '../support/seeded-random.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { ServeOptions, ServedNode } from './link-fixture.js';
import { aCall, happening, never, rawClient, useLinks } from './link-fixture.js';

const PREFACE = 'goverse-link/1 ';
const { cleanups, node, pool } = useLinks();

async function opened(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Straight to the peer, with the sockets of its Links kept. */
function watched(sockets: Socket[]): PeerRoute {
  return (address) => ({
    dial: address,
    channelOptions: {},
    connect: async () => {
      const socket = await opened(address);
      sockets.push(socket);
      return socket;
    },
  });
}

/** A node that tells in which order calls came. */
async function counting(options: ServeOptions = {}): Promise<{ served: ServedNode; executed: string[] }> {
  const executed: string[] = [];
  const served = await node({
    handler: {
      execute: async ({ method, payload }): Promise<CallResult> => {
        executed.push(method);
        return { payload };
      },
    },
    ...options,
  });
  return { served, executed };
}

const METHODS = Array.from({ length: 50 }, (_, n) => `M${n}`);

async function callAll(links: LinkPool, address: string): Promise<void> {
  const link = links.link(address);
  await Promise.all(METHODS.map((method) => link.execute(aCall({ method }), never)));
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => GoverseError.from(error),
  );

describe('a Link between two processes that take sockets', () => {
  it('carries its calls on a socket to the same port', async () => {
    const { served, executed } = await counting();
    const sockets: Socket[] = [];
    await callAll(pool({ route: watched(sockets) }), served.address);
    expect(executed).toEqual(METHODS);
    expect(sockets.length).toBe(1);
    expect(sockets[0]!.bytesWritten).toBeGreaterThan(METHODS.length * 10);
    expect(sockets[0]!.bytesRead).toBeGreaterThan(METHODS.length * 5);
  });

  it('ends written calls at once when the socket breaks, and moves to a new one', async () => {
    const arrived = happening();
    const served = await node({
      handler: {
        execute: ({ method, payload }) => {
          if (method !== 'Hang') return Promise.resolve({ payload });
          arrived.happen();
          return new Promise(() => undefined);
        },
      },
    });
    const sockets: Socket[] = [];
    const link = pool({ route: watched(sockets) }).link(served.address);
    const open = failure(link.execute(aCall({ method: 'Hang' }), never));
    await arrived.happened;
    sockets[0]!.destroy();
    expect(await open).toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    await link.execute(aCall(), never);
    expect(sockets.length).toBe(2);
    expect(served.links.size).toBe(1);
  });

  it('goes down with the gRPC stream it began on', async () => {
    const arrived = happening();
    const served = await node({
      handler: {
        execute: () => {
          arrived.happen();
          return new Promise(() => undefined);
        },
      },
    });
    const proxy = await TcpProxy.start(served.address);
    cleanups.push(() => proxy.stop());
    const route: PeerRoute = (address) => ({
      dial: proxy.endpoint,
      channelOptions: {},
      connect: () => opened(address),
    });
    const link = pool({ route }).link(served.address);
    const open = failure(link.execute(aCall(), never));
    await arrived.happened;
    proxy.cut();
    expect(await open).toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
  });

  it('is drained without losing an answer', async () => {
    const { served, executed } = await counting();
    const links = pool();
    const calls = METHODS.map((method) => links.link(served.address).execute(aCall({ method }), never));
    await calls[0];
    await served.links.close(20_000);
    await Promise.all(calls);
    expect(executed).toEqual(METHODS);
    expect(served.links.size).toBe(0);
  });
});

describe('a Link stays on its gRPC stream, and every call runs once,', () => {
  async function expectCalls(route?: PeerRoute, options: ServeOptions = {}): Promise<void> {
    const { served, executed } = await counting(options);
    await callAll(pool(route && { route }), served.address);
    expect(executed).toEqual(METHODS);
  }

  const by = (socket: (address: string) => Promise<Socket>): PeerRoute => {
    return (address) => ({ dial: address, channelOptions: {}, connect: () => socket(address) });
  };

  it('when the peer takes no sockets', async () => {
    const sockets: Socket[] = [];
    await expectCalls(watched(sockets), { transport: 'grpc' });
    expect(sockets).toEqual([]);
  });

  it('when this process takes none', async () => {
    const { served, executed } = await counting();
    const sockets: Socket[] = [];
    await callAll(pool({ sockets: false, route: watched(sockets) }), served.address);
    expect(executed).toEqual(METHODS);
    expect(sockets).toEqual([]);
  });

  it('when there is no way for sockets', async () => {
    await expectCalls((address) => ({ dial: address, channelOptions: {} }));
  });

  it('when no connection can be had', async () => {
    await expectCalls(by(() => Promise.reject(new Error('refused'))));
    await expectCalls(
      by(() => {
        throw new Error('refused at once');
      }),
    );
  });

  it('when something between ends the connection, or swallows everything', async () => {
    let swallowed = 0;
    const between = createServer((socket) => socket.on('error', () => undefined).on('data', () => swallowed++));
    between.listen(0, '127.0.0.1');
    await once(between, 'listening');
    cleanups.push(() => between.close());
    const { port } = between.address() as AddressInfo;
    await expectCalls(by(() => opened(`127.0.0.1:${port}`)));
    expect(swallowed).toBe(1);
    between.on('connection', (socket) => socket.destroy());
    await expectCalls(by(() => opened(`127.0.0.1:${port}`)));
  });
});

describe('a connection to the port of a node', () => {
  const gone = (socket: Socket) => (socket.closed ? Promise.resolve() : once(socket.resume(), 'close'));

  async function works(address: string): Promise<void> {
    await pool().link(address).execute(aCall(), never);
  }

  /** As a dialler that says hello and gets a ticket. */
  async function ticketOf(address: string): Promise<string> {
    const raw = rawClient(address);
    cleanups.push(() => raw.close());
    const stream = raw.link();
    stream.on('error', () => undefined);
    stream.write({ hello: { protocol: 1, address: '10.0.0.9:1', startId: 's', role: 1, takesSocket: true } });
    const [{ hello }] = (await once(stream, 'data')) as [{ hello: { socketTicket: string } }];
    expect(hello.socketTicket).toMatch(/^[\w-]{20}$/);
    return hello.socketTicket;
  }

  async function welcomed(address: string): Promise<Socket> {
    const socket = await opened(address);
    socket.write(`${PREFACE}${await ticketOf(address)}\r\n`);
    const [welcome] = (await once(socket, 'data')) as [Buffer];
    expect([...welcome]).toEqual([0, 0, 0, 0]);
    return socket;
  }

  it('is closed without a word when its ticket is wrong, or was used', async () => {
    const { address } = await node();
    const ticket = await ticketOf(address);
    for (const text of ['x'.repeat(20), `${ticket.slice(1)}x`]) {
      const socket = await opened(address);
      socket.write(`${PREFACE}${text}\r\n`);
      await gone(socket);
      expect(socket.bytesRead).toBe(0);
    }
    for (const bytes of [4, 0]) {
      const socket = await opened(address);
      socket.write(`${PREFACE}${ticket}\r\n`);
      await (bytes > 0 ? once(socket, 'data') : gone(socket));
      expect(socket.bytesRead).toBe(bytes);
    }
    await works(address);
  });

  it('has two seconds to say what it is; one of HTTP/2 may take longer', async () => {
    const clock = new ManualClock();
    const { address } = await node({ clock });
    const slow = await opened(address);
    const silent = await opened(address);
    slow.write(PREFACE);
    while (clock.pendingTimers < 2 || slow.bytesWritten < PREFACE.length) await new Promise(setImmediate);
    // What was written is there to be read at once; some turns of the event loop read it.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    clock.advance(2_000);
    await gone(slow);
    silent.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    silent.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    const [settings] = (await once(silent, 'data')) as [Buffer];
    expect(settings[3]).toBe(4);
  });

  it('is one of HTTP/2 also when its first bytes come one by one', async () => {
    const { address } = await node();
    const socket = await opened(address);
    const answered = once(socket, 'data');
    for (const byte of [...Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 0, 0, 0, 4, 0, 0, 0, 0, 0]) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    const [settings] = (await answered) as [Buffer];
    expect(settings[3]).toBe(4);
  });

  it('is cut when it announces a frame without end', async () => {
    const { address, links } = await node();
    const socket = await welcomed(address);
    expect(links.size).toBe(1);
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await gone(socket);
    await works(address);
  });

  it('survives garbage: the Link ends, the process serves on', async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`garbage with seed ${seed}`);
    const random = new SeededRandom(seed);
    const { address } = await node();
    for (let round = 0; round < 25; round++) {
      const socket = random.chance(0.7) ? await welcomed(address) : await opened(address);
      const garbage = Buffer.from(Array.from({ length: 1 + random.below(300) }, () => random.below(256)));
      // Often a length that can be, so that the frame itself is read.
      if (garbage.length >= 4 && random.chance(0.7)) garbage.writeUInt32BE(garbage.length - 4, 0);
      socket.end(garbage);
      await gone(socket);
    }
    await works(address);
  });
});
