import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeJsonMessage } from './any-codec.js';
import { packAny } from './any-envelope.js';
import { decodeMessage, encodeMessage } from './message-codec.js';
import { MessageRegistry } from './message-registry.js';
import { PayloadCodec } from './payload-codec.js';
import type { Payload, PayloadKind, WirePayload } from './payload.js';

const codec = new PayloadCodec(
  MessageRegistry.load([fileURLToPath(new URL('../../test/protos/sample.proto', import.meta.url))]),
);
const inner = codec.registry.find('sample.Inner')!;
const replyType = codec.registry.find('sample.Reply')!;
const innerBytes = encodeMessage(inner, { name: 'ann' }, 'argument');
const utf8 = (value: string) => Buffer.from(value);
const bytesOf = (payload: Payload) => (payload as WirePayload).bytes;

class JoinArgs {
  constructor(readonly userId: string) {}
}

describe('arguments and results of plain methods', () => {
  it.each<[PayloadKind, Payload]>([
    ['value', { kind: 'value', value: { a: 1 } }],
    ['json', { kind: 'json', bytes: utf8('{"a":1}') }],
    ['opaque', { kind: 'opaque', bytes: utf8('{"a":1}') }],
    ['msgpack', codec.encodeArgument({ a: 1 })],
    ['any', { kind: 'any', bytes: encodeJsonMessage('', { a: 1 }, 'argument') }],
  ])('are read from %s and answered in kind', (kind, request) => {
    expect(codec.decodeArgument(request)).toEqual({ a: 1 });
    const result = codec.encodeResult(request, { b: [2] });
    expect(result.kind).toBe(kind);
    expect(codec.decodeResult(result)).toEqual({ b: [2] });
  });

  it('carry the class of an instance with the bytes', () => {
    expect(codec.encodeArgument(new JoinArgs('ann')).className).toBe('JoinArgs');
    for (const value of [{ a: 1 }, [1], 'x', new Map(), new Date(), Object.create(null)]) {
      expect(codec.encodeArgument(value)).not.toHaveProperty('className');
    }
  });

  it.each<PayloadKind>(['json', 'opaque', 'msgpack', 'any', 'protobuf'])(
    'read no bytes of %s as no argument',
    (kind) => {
      expect(codec.decodeArgument({ kind, bytes: new Uint8Array(0) } as Payload)).toBeUndefined();
    },
  );

  it('refuse a protobuf message that nobody declared', () => {
    expect(() => codec.decodeArgument({ kind: 'protobuf', bytes: innerBytes })).toThrowError(
      /declares no protobuf message/,
    );
    expect(() => codec.encodeResult({ kind: 'protobuf', bytes: innerBytes }, 1)).toThrowError(
      expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE' }),
    );
    expect(bytesOf(codec.encodeResult({ kind: 'protobuf', bytes: innerBytes }, undefined))).toHaveLength(0);
  });

  it('refuse garbage of clients', () => {
    const kinds: PayloadKind[] = ['json', 'opaque', 'msgpack', 'any'];
    for (const kind of kinds) {
      expect(
        () => codec.decodeArgument({ kind, bytes: Uint8Array.of(0xff, 0xfe, 0xfd) } as Payload),
        kind,
      ).toThrowError(expect.objectContaining({ reason: 'INVALID_ARGUMENT' }));
    }
  });

  it('copy a local result', () => {
    const result = { list: [1] };
    const reply = codec.encodeResult({ kind: 'value', value: 1 }, result);
    expect(codec.decodeResult(reply)).toEqual(result);
    expect(codec.decodeResult(reply)).not.toBe(result);
  });
});

describe('arguments and results of methods that declare protobuf messages', () => {
  it.each<[PayloadKind, Payload]>([
    ['value', { kind: 'value', value: { name: 'ann' } }],
    ['json', { kind: 'json', bytes: utf8('{"name":"ann"}') }],
    ['msgpack', codec.encodeArgument({ name: 'ann' })],
    ['any', { kind: 'any', bytes: packAny('sample.Inner', innerBytes) }],
    ['opaque', { kind: 'opaque', bytes: innerBytes }],
    ['protobuf', { kind: 'protobuf', bytes: innerBytes }],
  ])('are the same object from %s', (_kind, request) => {
    expect(codec.decodeArgument(request, 'sample.Inner')).toEqual({ name: 'ann' });
  });

  it('are the message with all defaults when nothing was sent', () => {
    const requests: Payload[] = [
      { kind: 'value', value: undefined },
      ...(['json', 'msgpack', 'any', 'opaque', 'protobuf'] as const).map((kind) => ({
        kind,
        bytes: new Uint8Array(0),
      })),
    ];
    for (const request of requests)
      expect(codec.decodeArgument(request, 'sample.Inner'), request.kind).toEqual({ name: '' });
  });

  it('are refused in an Any of another type, naming both', () => {
    const request: Payload = { kind: 'any', bytes: packAny('sample.Reply', innerBytes) };
    expect(() => codec.decodeArgument(request, 'sample.Inner')).toThrowError(
      expect.objectContaining({
        reason: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/sample\.Inner.*sample\.Reply/) as string,
      }),
    );
  });

  it('travel back in the kind of the request', () => {
    const result = { total: 2n ** 60n, data: Uint8Array.of(1), colour: 1 };
    const bytes = encodeMessage(replyType, result, 'result');
    const answer = (request: Payload) => codec.encodeResult(request, result, 'sample.Reply');
    expect(codec.decodeResult(answer({ kind: 'value', value: 1 }))).toEqual(result);
    expect(codec.decodeResult(answer(codec.encodeArgument(1)))).toEqual(result);
    expect(codec.decodeResult(answer({ kind: 'json', bytes }))).toEqual({
      total: String(2n ** 60n),
      data: 'AQ==',
      colour: 'GREEN',
    });
    expect(bytesOf(answer({ kind: 'any', bytes: new Uint8Array(0) }))).toEqual(packAny('sample.Reply', bytes));
    for (const kind of ['opaque', 'protobuf'] as const) {
      expect(decodeMessage(replyType, bytesOf(answer({ kind, bytes: innerBytes })))).toEqual(result);
    }
  });

  it('are refused when they do not fit', () => {
    expect(() => codec.decodeArgument({ kind: 'json', bytes: utf8('{"name":5}') }, 'sample.Inner')).toThrowError(
      /name is 5, not string/,
    );
    expect(() =>
      codec.encodeResult({ kind: 'opaque', bytes: innerBytes }, { total: 0.5 }, 'sample.Reply'),
    ).toThrowError(
      expect.objectContaining({
        reason: 'RESULT_NOT_ENCODABLE',
        message: expect.stringContaining('total is 0.5') as string,
      }),
    );
  });

  it('name a message that is not registered', () => {
    expect(() => codec.decodeArgument({ kind: 'value', value: 1 }, 'sample.Missing')).toThrowError(
      /sample\.Missing is not registered/,
    );
  });
});

describe('pushed messages', () => {
  class ChatMessage {
    constructor(
      readonly text: string,
      readonly sentAt = new Date(0),
    ) {}
  }

  it('are typed by their class, their type or their protobuf message', () => {
    const data = { text: 'hi', sentAt: '1970-01-01T00:00:00.000Z' };
    expect(codec.decodePush(codec.encodePush(new ChatMessage('hi')))).toEqual({ type: 'ChatMessage', data });
    expect(codec.decodePush(codec.encodePush({ type: 'Note', data: [1] }))).toEqual({ type: 'Note', data: [1] });
    expect(codec.encodePush({ protobuf: 'sample.Inner', data: { name: 'ann' } })).toEqual(
      packAny('sample.Inner', innerBytes),
    );
  });

  it('may come without data', () => {
    expect(codec.decodePush(codec.encodePush({ type: 'Ping' }))).toEqual({ type: 'Ping', data: undefined });
  });

  it.each([[{}], [{ data: 1 }], [{ type: 5 }], [{ type: '' }], [[1]], [null], ['text'], [new Map()]])(
    'are refused of %j',
    (message) => {
      expect(() => codec.encodePush(message as object)).toThrowError(
        /pass an instance of a class, \{ type: 'Name', data \}/,
      );
    },
  );

  it('are refused with what is wrong in them', () => {
    expect(() => codec.encodePush({ type: 'T', data: { n: 1n } })).toThrowError(/message's n is a bigint/);
    expect(() => codec.encodePush({ protobuf: 'sample.Missing', data: {} })).toThrowError(
      /no registered message \(registered are .*sample\.Inner/,
    );
    expect(() => codec.encodePush({ protobuf: 'sample.Inner', data: { name: 1 } })).toThrowError(
      /name is 1, not string/,
    );
  });

  it('are JSON for clients that speak JSON, whatever is inside', () => {
    const total = packAny('sample.Reply', encodeMessage(replyType, { total: 5, colour: 1 }, 'message'));
    expect(codec.decodePush(total)).toEqual({ type: 'sample.Reply', data: { total: '5', data: '', colour: 'GREEN' } });
    expect(codec.decodePush(packAny('google.protobuf.Int64Value', Buffer.from('08ffffffffffffffff7f', 'hex')))).toEqual(
      {
        type: 'google.protobuf.Int64Value',
        data: String(2n ** 63n - 1n),
      },
    );
    expect(codec.decodePush(packAny('other.Message', Uint8Array.of(8, 1)))).toEqual({
      type: 'other.Message',
      data: { '@type': 'type.googleapis.com/other.Message', value: 'CAE=' },
    });
  });
});
