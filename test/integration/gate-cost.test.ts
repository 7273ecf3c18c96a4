import { createHook } from 'node:async_hooks';
import { connect } from 'node:http2';
import { Duplex } from 'node:stream';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameSplitter, loadProto, protoPath } from '../../src/rpc/index.js';
import type { CallOutcome, ObjectCall } from '../../src/core/index.js';
import { SeededRandom } from '../support/seeded-random.js';
import { call, connectTo } from './connect-fixture.js';
import type { TestGate } from './gate-fixture.js';
import { argumentOf, json, startTestGate } from './gate-fixture.js';

const CALLS = 200;

let gate: TestGate;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<void> {
  gate = await startTestGate({ answer: (request) => json(request, argumentOf(request)) });
  cleanups.push(() => gate.close());
}

describe('calls on a Connect stream', () => {
  it('make no timer each', async () => {
    await start();
    const stream = connectTo(gate);
    cleanups.push(() => stream.close());
    stream.send(call(1, 'Echo-1', 'Say', 1));
    await stream.next();
    let timers = 0;
    const hook = createHook({ init: (_id, type) => (timers += type === 'Timeout' ? 1 : 0) }).enable();
    stream.send(...Array.from({ length: CALLS }, (_, n) => call(n + 2, 'Echo-1', 'Say', n)));
    await stream.take(CALLS);
    hook.disable();
    // Those of connections, which live on their own; before, there was one for each call.
    expect(timers).toBeLessThan(CALLS / 10);
  });
});

const { path } = loadProto().client['Connect']!;
const clientFrame = protobuf.loadSync(protoPath('client.proto')).lookupType('goverse.client.ClientFrame');

/** A `Connect` stream without a library; `burst` writes calls in one go and resolves when so many answers are there. */
function openBare(): { burst: (calls: number) => Promise<void> } {
  const session = connect(`http://${gate.runtime.address}`);
  cleanups.push(() => session.destroy());
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  let answered = () => {};
  const splitter = new FrameSplitter(5, 1_000, () => answered());
  stream.on('data', (chunk: Buffer) => splitter.take(chunk));
  let seq = 0;
  const burst = (calls: number) =>
    new Promise<void>((resolve) => {
      let open = calls;
      answered = () => {
        if (--open === 0) resolve();
      };
      const messages = Array.from({ length: calls }, () => {
        const frame = clientFrame.encode({ seq: ++seq, call: { objectId: 'Echo-1', method: 'Say' } }).finish();
        const head = Buffer.alloc(5);
        head.writeUInt32BE(frame.length, 1);
        return Buffer.concat([head, frame]);
      });
      stream.write(Buffer.concat(messages));
    });
  return { burst };
}

describe('a burst of calls on a Connect stream', () => {
  it('makes no promise each, and its answers leave together', async () => {
    await start();
    // As a Link answers.
    const begin = (request: ObjectCall, _signal: unknown, outcome: CallOutcome) => outcome.done(json(request, 1));
    Object.assign(gate.cluster.target, { begin });
    const { burst } = openBare();
    await burst(1);
    let promises = 0;
    const hook = createHook({ init: (_id, type) => (promises += type === 'PROMISE' ? 1 : 0) });
    const write = vi.spyOn(Duplex.prototype, 'write');
    hook.enable();
    await burst(CALLS);
    hook.disable();
    const writers = write.mock.contexts.map((stream) => (stream as object).constructor.name);
    write.mockRestore();
    // What else lives in this process makes a few.
    expect(promises).toBeLessThan(CALLS / 4);
    // One for each piece in which the burst arrives.
    const writes = writers.filter((name) => name === 'ServerHttp2Stream').length;
    expect(writes).toBeGreaterThanOrEqual(1);
    expect(writes).toBeLessThanOrEqual(3);
  });
});

describe('garbage on a Connect stream', () => {
  function open(): { stream: ClientDuplexStream<Buffer, Buffer>; ended: Promise<StatusObject> } {
    const client = new Client(gate.runtime.address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    cleanups.push(() => client.close());
    const same = (bytes: Buffer) => bytes;
    const stream = client.makeBidiStreamRequest(path, same, same);
    stream.on('error', () => {});
    stream.on('data', () => {});
    return { stream, ended: new Promise((resolve) => stream.on('status', resolve)) };
  }

  /** A frame that is right, with some of its bytes changed, cut off or doubled. */
  function mutated(random: SeededRandom): Buffer {
    const payload = Buffer.alloc(random.below(50), random.below(256));
    const request = { objectId: `Echo-${random.below(5)}`, method: 'Say', payload, timeoutMs: 5_000 };
    const frame = random.pick([
      { call: request },
      { create: { objectId: 'Echo-1', payload } },
      { delete: { objectId: 'Echo-1' } },
      { cancel: {} },
      { ack: { pushSeq: random.below(9) } },
      { ping: {} },
      { register: { resumeToken: 'x', received: 3 } },
    ]);
    const bytes = Buffer.from(clientFrame.encode({ seq: random.below(4), ...frame }).finish());
    for (let n = random.below(4); n > 0 && bytes.length > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
    const end = random.chance(0.2) ? random.below(bytes.length + 1) : bytes.length;
    return random.chance(0.1) ? Buffer.concat([bytes, bytes]) : bytes.subarray(0, end);
  }

  it('gets its answers or one clean status, and the gate serves on', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = new SeededRandom(seed);
    await start();
    for (let round = 0; round < 30; round++) {
      const { stream, ended } = open();
      for (let n = 1 + random.below(20); n > 0; n--) {
        const bytes = random.chance(0.1)
          ? Buffer.from(Array.from({ length: random.below(100) }, () => random.below(256)))
          : mutated(random);
        stream.write(bytes);
      }
      stream.end();
      expect([status.OK, status.INVALID_ARGUMENT], `seed ${seed}`).toContain((await ended).code);
    }
    expect(await gate.client().call('Echo-1', 'Say', { well: true })).toEqual({ well: true });
    expect(
      gate.log.filter((line) => /TypeError|RangeError/.test(line)),
      `seed ${seed}`,
    ).toEqual([]);
  });
});
