import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../test/support/seeded-random.js';
import { GoverseError } from '../../core/index.js';
import { protoPath } from '../../rpc/index.js';
import type { ServerFrame } from '../connect/server-frame.js';
import { PushedMessage } from '../pushed-message.js';
import { ClientFrameReader } from './client-frame-reader.js';
import { MESSAGE_HEAD_BYTES, ServerFrameWriter } from './server-frame-writer.js';

const ROUNDS = 300;
const proto = protobuf.loadSync(protoPath('client.proto'));
const clientFrame = proto.lookupType('goverse.client.ClientFrame');
const serverFrame = proto.lookupType('goverse.client.ServerFrame');
const REQUESTS = { call: 'CallObjectRequest', create: 'CreateObjectRequest', delete: 'DeleteObjectRequest' } as const;

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const random = new SeededRandom(seed);

/** Around the lengths where the encoding changes, with characters of one to four bytes. */
function text(): string {
  const characters = random.pick(['a', 'é', '語', '😀', '-']);
  return characters.repeat(random.pick([0, 1, 20, 47, 48, 49, 63, 64, 65, 127, 128, 300]));
}

function bytes(): Buffer {
  return Buffer.alloc(random.pick([0, 1, 64, 127, 128, 16_384, 70_000]), random.below(256));
}

function number(): number {
  return random.pick([0, 1, 127, 128, 2 ** 31, 2 ** 32 - 1]);
}

/** What proto/client.proto lets a client say, with default values left out or not. */
function clientSays(): Record<string, object | number> {
  const kind = random.pick(['register', 'call', 'create', 'delete', 'cancel', 'ack', 'ping'] as const);
  const fields = {
    register: () => ({ resumeToken: text(), received: number(), accessToken: text() }),
    call: () => ({
      objectId: text(),
      method: text(),
      payload: bytes(),
      type: text(),
      clientId: text(),
      timeoutMs: number(),
    }),
    create: () => ({ objectId: text(), type: text(), payload: bytes() }),
    delete: () => ({ objectId: text(), type: text() }),
    cancel: () => ({}),
    ack: () => ({ pushSeq: random.pick([number(), 2 ** 50]) }),
    ping: () => ({}),
  };
  return { seq: number(), [kind]: fields[kind]() };
}

describe('frames of Connect streams', () => {
  it('of clients are read as protobufjs writes them', () => {
    const reader = new ClientFrameReader();
    for (let round = 0; round < ROUNDS; round++) {
      const said = clientSays();
      const frame = reader.read(clientFrame.encode(said).finish());
      const [kind, fields] = Object.entries(said).find(([name]) => name !== 'seq') as [keyof typeof REQUESTS, object];
      expect(frame, `seed ${seed}`).toMatchObject({ kind, seq: said['seq'] });
      if (!('request' in frame)) expect(frame, `seed ${seed}`).toMatchObject(fields);
      else {
        const { payload, ...rest } = frame.request;
        const absent = { objectId: '', type: '', method: '', clientId: '', timeoutMs: 0 };
        const { payload: sent = Buffer.alloc(0), ...wanted } = fields as { payload?: Buffer };
        expect(rest, `seed ${seed}`).toEqual({ ...absent, ...wanted });
        expect(Buffer.compare(payload, sent), `seed ${seed}`).toBe(0);
      }
    }
  });

  it('may hold fields of later versions, and of two requests the last one', () => {
    const later = protobuf.Writer.create();
    later.uint32((50 << 3) | 2).string('later');
    const call = (method: string) => clientFrame.encode({ seq: 7, call: { objectId: 'Room-1', method } }).finish();
    const frame = new ClientFrameReader().read(
      Buffer.concat([call('First'), later.finish(), clientFrame.encode({ ping: {} }).finish(), call('Last')]),
    );
    expect(frame).toMatchObject({ kind: 'call', seq: 7, request: { objectId: 'Room-1', method: 'Last' } });
  });

  it('of clients are no frames with texts that are no UTF-8, or that end too early', () => {
    const good = clientFrame.encode({ call: { objectId: 'Room-ab', method: 'Say' } }).finish();
    const at = Buffer.from(good).indexOf('ab');
    const reader = new ClientFrameReader();
    expect(reader.read(good)).toMatchObject({ request: { objectId: 'Room-ab' } });
    const changed = Buffer.from(good);
    changed[at] = 0xff;
    expect(() => reader.read(changed)).toThrow();
    expect(() => reader.read(good.subarray(0, at + 1))).toThrow(RangeError);
  });

  it('of the gate are read by protobufjs as they were meant', () => {
    const writer = new ServerFrameWriter();
    for (let round = 0; round < ROUNDS; round++) {
      const { frame, meant } = gateSays();
      const message = writer.write(frame);
      expect(message.readUInt8(0), `seed ${seed}`).toBe(0);
      expect(message.readUInt32BE(1), `seed ${seed}`).toBe(message.length - MESSAGE_HEAD_BYTES);
      const read = serverFrame.decode(message.subarray(MESSAGE_HEAD_BYTES));
      expect(serverFrame.toObject(read, { longs: Number, bytes: String }), `seed ${seed}`).toEqual(
        serverFrame.toObject(serverFrame.fromObject(meant), { longs: Number, bytes: String }),
      );
    }
  });
});

/** A frame of the gate, and the same as a message of proto/client.proto: with what is not there left out. */
function gateSays(): { frame: ServerFrame; meant: object } {
  const seq = number();
  const numbered = seq === 0 ? {} : { seq };
  const some = (fields: object) =>
    Object.fromEntries(
      Object.entries(fields).filter(([, value]) => (value instanceof Uint8Array ? value.length > 0 : Boolean(value))),
    );
  switch (random.below(6)) {
    case 0: {
      const result = { payload: bytes() };
      return { frame: { seq, result, payloadKind: 'opaque' }, meant: { ...numbered, result: some(result) } };
    }
    case 1: {
      const result = { objectId: text(), created: random.chance(0.5) };
      return { frame: { seq, result, payloadKind: 'opaque' }, meant: { ...numbered, result: some(result) } };
    }
    case 2: {
      const wait = random.pick([1, 2 ** 32 - 1]);
      const error = new GoverseError({
        reason: random.pick(['RATE_LIMITED', 'ROOM_FULL']),
        code: 'RESOURCE_EXHAUSTED',
        message: `m${text()}`,
        retryable: true,
        details: { retryAfterMs: wait },
      });
      const facts = { reason: error.reason, code: 8, message: error.message, retryAfterMs: wait };
      const told = error.reason === 'ROOM_FULL' ? { ...facts, retryable: true } : facts;
      const meant = { ...numbered, error: { ...told, detailsJson: `{"retryAfterMs":${wait}}` } };
      return { frame: { seq, error }, meant };
    }
    case 3: {
      const registered = { clientId: text(), token: text(), resumed: random.chance(0.5) };
      return { frame: { seq, registered }, meant: { ...numbered, registered: some(registered) } };
    }
    case 4: {
      const value = bytes();
      const any = proto
        .lookupType('google.protobuf.Any')
        .encode(some({ type_url: 'x/Said', value }))
        .finish();
      const message = new PushedMessage(any, () => ({ type: '', data: undefined }));
      const pushSeq = 2 ** 40 + random.below(1000);
      return {
        frame: { push: { seq: pushSeq, message } },
        meant: { push: { pushSeq, message: some({ type_url: 'x/Said', value: value.toString('base64') }) } },
      };
    }
    default: {
      const reconnectAfterMs = 1 + random.below(1000);
      return random.chance(0.5)
        ? { frame: { goingAway: { reconnectAfterMs } }, meant: { goingAway: { reconnectAfterMs } } }
        : { frame: { seq, pong: true }, meant: { ...numbered, pong: {} } };
    }
  }
}
