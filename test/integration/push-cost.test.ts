import { EventEmitter, once } from 'node:events';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { Http2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GateStreams, PushService } from '../../src/push/index.js';
import { RawEventStream } from '../support/raw-event-stream.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { connectTo } from './connect-fixture.js';
import type { TestGate } from './gate-fixture.js';
import { codec, startTestGate } from './gate-fixture.js';

const PUSHES = 20;

/** What the streams of Node.js call for each write to the system, or to HTTP/2. */
interface Written {
  _write: (...args: unknown[]) => void;
  _writev: (...args: unknown[]) => void;
}

let gate: TestGate;
const open: (() => void)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of open.splice(0)) close();
  await gate.close();
});

/** Counts the writes of streams of this make that `isOurs`, from now on. */
function countWrites<T>(prototype: T, isOurs: (stream: T) => boolean): () => number {
  let count = 0;
  for (const name of ['_write', '_writev'] as const) {
    const original = (prototype as Written)[name];
    vi.spyOn(prototype as Written, name).mockImplementation(function (this: T, ...args) {
      if (isOurs(this)) count++;
      original.apply(this, args);
    });
  }
  return () => count;
}

const writesOfHttp = () => {
  const port = Number(new URL(gate.http).port);
  return countWrites(Socket.prototype, (socket) => socket.localPort === port);
};

const writesOfGrpc = async () => {
  const prototype = await http2StreamPrototype();
  return countWrites(prototype, (stream) => (stream.session as { type?: number } | undefined)?.type === 0);
};

/** All in one turn of the event loop. */
const pushMany = (clientId: string) => {
  for (let n = 0; n < PUSHES; n++) gate.cluster.push([clientId], 'Tick', n);
};

describe('what a push costs', () => {
  it('is one write for all pushes of a turn to one client: WebSocket', async () => {
    gate = await startTestGate();
    const socket = await RawWebSocket.open(`${gate.http.replace('http', 'ws')}/v1/connect`, ['goverse.json']);
    open.push(() => socket.close());
    const { clientId } = await socket.register();
    const writes = writesOfHttp();
    pushMany(clientId);
    expect(
      (await socket.take(PUSHES)).map(({ push }) => (push as { message?: { data: number } }).message?.data),
    ).toEqual(numbers());
    expect(writes()).toBe(1);
  });

  it('is one write for all pushes of a turn to one client: server-sent events', async () => {
    gate = await startTestGate();
    const stream = await RawEventStream.open(gate.http.replace('http://', ''));
    open.push(() => stream.close());
    const { clientId } = (await stream.next()).data as { clientId: string };
    const writes = writesOfHttp();
    pushMany(clientId);
    expect((await stream.take(PUSHES)).map(({ data }) => (data as { data: number }).data)).toEqual(numbers());
    expect(writes()).toBe(1);
  });

  it.each(['Connect', 'Register'] as const)(
    'is two writes to HTTP/2, the first message and the rest, for all of them: %s',
    async (method) => {
      gate = await startTestGate();
      let clientId: string;
      let pushed: () => Promise<unknown>;
      if (method === 'Connect') {
        const stream = connectTo(gate);
        open.push(() => stream.close());
        ({ clientId } = await stream.register(1));
        pushed = () => stream.take(PUSHES);
      } else {
        const stream = gate.client().register();
        ({ clientId } = await stream.first());
        pushed = async () => {
          for (let n = 0; n < PUSHES; n++) expect(await stream.push()).toEqual({ type: 'Tick', data: n });
        };
      }
      const writes = await writesOfGrpc();
      pushMany(clientId);
      await pushed();
      expect(writes()).toBeLessThanOrEqual(2);
    },
  );

  it('is one reading of the message for all clients that see JSON', async () => {
    gate = await startTestGate();
    const sockets = await Promise.all(
      Array.from({ length: 8 }, () =>
        RawWebSocket.open(`${gate.http.replace('http', 'ws')}/v1/connect`, ['goverse.json']),
      ),
    );
    const stream = await RawEventStream.open(gate.http.replace('http://', ''));
    open.push(...sockets.map((socket) => () => socket.close()), () => stream.close());
    for (const socket of sockets) await socket.register();
    await stream.next();
    const decode = vi.spyOn(codec, 'decodePush');
    expect(gate.cluster.push(undefined, 'Tick', 1)).toMatchObject({ delivered: 9 });
    await Promise.all([stream.next(), ...sockets.map((socket) => socket.next())]);
    expect(decode).toHaveBeenCalledTimes(1);
  });

  it('is one encoding of the message and one envelope per gate, whatever the number of clients', async () => {
    gate = await startTestGate();
    const gates = new GateStreams({ gateQueueLimit: 10 });
    const sinks = ['10.0.0.1:1', '10.0.0.2:1'].map((address) => {
      const sink = Object.assign(new EventEmitter(), { write: vi.fn<() => boolean>(() => true), end: () => undefined });
      gates.attach(address, sink);
      sink.write.mockClear();
      return sink;
    });
    const encodePush = vi.fn<(message: object) => Uint8Array>((message) => codec.encodePush(message));
    const push = new PushService(() => ({ gates, codec: { encodePush }, maxPayloadBytes: 1_000 }));
    const clients = Array.from({ length: 500 }, (_, n) => `10.0.0.${1 + (n % 2)}:1/client-${n}`);
    expect(await push.pushMessageToClients(clients, { type: 'Tick', data: 1 })).toEqual({ delivered: 500, failed: [] });
    expect(encodePush).toHaveBeenCalledTimes(1);
    for (const { write } of sinks) expect(write).toHaveBeenCalledTimes(1);
  });
});

function numbers(): number[] {
  return Array.from({ length: PUSHES }, (_, n) => n);
}

/** Node.js does not export the class of its HTTP/2 streams. */
async function http2StreamPrototype(): Promise<Http2Stream> {
  const server = createHttp2Server().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const request = session.request();
  const [stream] = (await once(server, 'stream')) as [Http2Stream];
  let prototype = Object.getPrototypeOf(stream) as Http2Stream;
  while (!Object.hasOwn(prototype, '_write')) prototype = Object.getPrototypeOf(prototype) as Http2Stream;
  request.on('error', () => undefined).destroy();
  session.destroy();
  server.close();
  return prototype;
}
