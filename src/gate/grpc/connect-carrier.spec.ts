import { Client, Server, credentials } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { bindGrpc } from '../../rpc/index.js';
import { ConnectCarrier } from './connect-carrier.js';
import type { ConnectCall } from './connect-carrier.js';
import { CONNECT_PATH } from './connect-face.js';
import { messageBatches } from './message-batches.js';
import { ServerFrameWriter } from './server-frame-writer.js';

const same = (bytes: Buffer) => bytes;
const SERVICE: ServiceDefinition = {
  Connect: {
    path: CONNECT_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
};

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** What a grpc-js would show that is built differently: everything but its insides. */
function withoutInsides(call: ConnectCall): ConnectCall {
  return new Proxy(call, {
    get: (target, key) => {
      const value: unknown = key === 'call' ? undefined : Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Answers each frame with two in one batch, and says what it got. */
async function serve(seenBy: (call: ConnectCall) => ConnectCall, stopAfter: number) {
  const got: string[] = [];
  const server = new Server({ interceptors: [messageBatches(CONNECT_PATH)] });
  const writer = new ServerFrameWriter();
  let carrier!: ConnectCarrier;
  server.addService(SERVICE, {
    Connect: (call: ConnectCall) => {
      carrier = new ConnectCarrier(seenBy(call), writer, () => {});
      carrier.listen((frame) => {
        if (got.push(frame.toString()) === stopAfter) carrier.pause();
        carrier.send([1, 2].map((n) => carrier.encode({ goingAway: { reconnectAfterMs: got.length * 10 + n } })));
      }, 1_000);
      call.on('end', () => carrier.end());
    },
  });
  const address = await bindGrpc(server, '127.0.0.1:0');
  const client = new Client(address, credentials.createInsecure());
  cleanups.push(
    () => server.forceShutdown(),
    () => client.close(),
  );
  return { got, client, resume: () => carrier.resume() };
}

describe.each([
  ['the insides of grpc-js', (call: ConnectCall) => call],
  ['a grpc-js that is built differently', withoutInsides],
])('frames of a Connect stream, with %s', (_name, seenBy) => {
  it('arrive in order, wait while nobody reads, and are answered', async () => {
    const { got, client, resume } = await serve(seenBy, 2);
    const stream = client.makeBidiStreamRequest(CONNECT_PATH, same, same);
    const answers: number[] = [];
    // Field 6, with a number of one byte or two in it.
    stream.on('data', (message: Buffer) => answers.push(message[3] as number));
    const ended = new Promise<{ code: number }>((resolve) => stream.on('status', resolve));
    for (const text of ['one', 'two', 'three', 'four']) stream.write(Buffer.from(text));
    stream.end();
    await expect.poll(() => answers).toEqual([11, 12, 21, 22]);
    expect(got).toEqual(['one', 'two']);
    resume();
    expect((await ended).code).toBe(0);
    expect(got).toEqual(['one', 'two', 'three', 'four']);
    expect(answers).toEqual([11, 12, 21, 22, 31, 32, 41, 42]);
  });
});
