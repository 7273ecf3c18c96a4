import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outcomeOf, seededRandom } from '../../test/support/random-values.js';
import { AnyCodec, encodeJsonMessage } from './any-codec.js';
import { messageNameOf, packAny, unpackAny } from './any-envelope.js';
import { builtinMessage } from './builtin-messages.js';
import { encodeMessage } from './message-codec.js';
import { MessageRegistry } from './message-registry.js';

const { any: vectors } = JSON.parse(readFileSync(new URL('../../test/vectors.json', import.meta.url), 'utf8')) as {
  any: { values: { what: string; base64: string; json: unknown }[] };
};
const codec = new AnyCodec(MessageRegistry.load([]));
const wrap = (name: string, value: unknown) => {
  const full = `google.protobuf.${name}`;
  return packAny(full, encodeMessage(builtinMessage(full), { value }, 'argument'));
};
const EMPTY_ANY = new Uint8Array(0);
const STRUCT = packAny('google.protobuf.Struct', new Uint8Array(0));
const VALUE = packAny('google.protobuf.Value', new Uint8Array(0));
const LIST = packAny('google.protobuf.ListValue', new Uint8Array(0));

/** Family and value of a reply. */
function reply(value: unknown, request: Uint8Array): [family: string, value: unknown] {
  const bytes = codec.encode(value, 'result', request);
  return [messageNameOf(unpackAny(bytes).typeUrl).replace('google.protobuf.', ''), codec.decode(bytes)];
}

describe('values in Any', () => {
  it.each(vectors.values)('reads the golden vector $what', ({ base64, json }) => {
    expect(codec.decode(Buffer.from(base64, 'base64'))).toEqual(json);
  });

  it.each(vectors.values)('writes the golden vector $what', ({ what, base64, json }) => {
    const request = Buffer.from(base64, 'base64');
    const written = what.includes('JsonMessage')
      ? encodeJsonMessage('ChatMessage', json, 'message')
      : codec.encode(json, 'result', request);
    expect(Buffer.from(written).toString('base64')).toBe(base64);
  });

  it.each([
    ['DoubleValue', -0.5],
    ['FloatValue', 0.5],
    ['Int64Value', -5],
    ['Int64Value', 2n ** 62n],
    ['Int64Value', -(2n ** 63n)],
    ['UInt64Value', 2n ** 64n - 1n],
    ['UInt64Value', Number.MAX_SAFE_INTEGER],
    ['Int32Value', -(2 ** 31)],
    ['UInt32Value', 2 ** 32 - 1],
    ['BoolValue', true],
    ['StringValue', 'é'],
    ['BytesValue', Uint8Array.of(1, 2)],
    ['Int32Value', 0],
    ['StringValue', ''],
    ['BoolValue', false],
    ['BytesValue', new Uint8Array(0)],
  ])('keeps %s %s and replies with the same wrapper', (name, value) => {
    const any = wrap(name, value);
    expect(codec.decode(any)).toEqual(value);
    expect(reply(value, any)).toEqual([name, value]);
  });

  it('reads Empty and no Any as undefined and replies so to no result', () => {
    expect(codec.decode(EMPTY_ANY)).toBeUndefined();
    expect(codec.decode(packAny('google.protobuf.Empty', EMPTY_ANY))).toBeUndefined();
    expect(reply(undefined, wrap('Int32Value', 1))).toEqual(['Empty', undefined]);
  });

  it.each([
    ['a fraction to Int32Value', 0.5, wrap('Int32Value', 1), 'DoubleValue'],
    ['a big number to Int32Value', 2 ** 40, wrap('Int32Value', 1), 'DoubleValue'],
    ['a negative number to UInt32Value', -1, wrap('UInt32Value', 1), 'DoubleValue'],
    ['text to Int32Value', 'x', wrap('Int32Value', 1), 'StringValue'],
    ['a boolean to StringValue', false, wrap('StringValue', 'x'), 'BoolValue'],
    ['a bigint to StringValue', -7n, wrap('StringValue', 'x'), 'Int64Value'],
    ['a huge bigint to StringValue', 2n ** 63n, wrap('StringValue', 'x'), 'UInt64Value'],
    ['bytes to BoolValue', Uint8Array.of(1), wrap('BoolValue', true), 'BytesValue'],
    ['an object to a wrapper', { a: 1 }, wrap('StringValue', 'x'), 'Struct'],
    ['an array to a wrapper', [1], wrap('StringValue', 'x'), 'ListValue'],
    ['null to a wrapper', null, wrap('StringValue', 'x'), 'Value'],
    ['a number to no Any', 5, EMPTY_ANY, 'DoubleValue'],
    ['an object to no Any', { a: 1 }, EMPTY_ANY, 'Struct'],
    ['an object to Struct', { a: [1, null, { b: 'x' }] }, STRUCT, 'Struct'],
    ['a number to Struct', 5, STRUCT, 'Value'],
    ['an array to Struct', [true], STRUCT, 'ListValue'],
    ['an array to ListValue', [], LIST, 'ListValue'],
    ['an object to Value', { a: {} }, VALUE, 'Value'],
    ['null to Value', null, VALUE, 'Value'],
    ['an object to JsonMessage', { a: 1 }, encodeJsonMessage('X', 1, 'argument'), 'goverse.JsonMessage'],
  ])('replies %s', (_what, value, request, family) => {
    const [actual, back] = reply(value, request);
    expect(actual).toBe(family);
    expect(typeof value === 'bigint' ? BigInt(back as number) : back).toEqual(value);
  });

  it('writes a Date in a Struct as JSON does', () => {
    expect(reply({ at: new Date(0) }, STRUCT)).toEqual(['Struct', { at: '1970-01-01T00:00:00.000Z' }]);
  });

  it('keeps __proto__ in a Struct as data', () => {
    const [, back] = reply(JSON.parse('{"__proto__":{"polluted":1}}'), STRUCT);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });

  it('refuses results that no family holds, naming the path', () => {
    expect(() => codec.encode(2n ** 64n, 'result', EMPTY_ANY)).toThrowError(
      expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE' }),
    );
    expect(() => codec.encode({ a: new Map() }, 'result', STRUCT)).toThrowError(
      expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE', details: { path: 'a' } }),
    );
  });

  it('refuses a result that a Struct cannot nest', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200; i++) deep = [deep];
    expect(() => codec.encode(deep, 'result', STRUCT)).toThrowError(
      expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE' }),
    );
  });

  it('refuses unknown message types, naming the type URL', () => {
    expect(() => codec.decode(packAny('chat.Unknown', Uint8Array.of(8, 1)))).toThrowError(
      expect.objectContaining({
        reason: 'UNKNOWN_MESSAGE_TYPE',
        message: expect.stringContaining('type.googleapis.com/chat.Unknown') as string,
      }),
    );
    for (const name of ['toString', '__proto__', 'google.protobuf.toString']) {
      expect(() => codec.decode(packAny(name, EMPTY_ANY))).toThrowError(
        expect.objectContaining({ reason: 'UNKNOWN_MESSAGE_TYPE' }),
      );
    }
  });

  it('answers malformed bytes with an error of the catalogue, whatever they are', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`random bytes with seed ${seed}`);
    const random = seededRandom(seed);
    const samples = [
      codec.encode({ a: [1, 'x', { b: null }] }, 'result', STRUCT),
      wrap('Int64Value', 5),
      encodeJsonMessage('T', {}, 'message'),
    ];
    for (let i = 0; i < 3_000; i++) {
      const bytes = Uint8Array.from(samples[i % samples.length]!);
      for (let flips = 0; flips < 3; flips++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const cut = bytes.subarray(0, Math.floor(random() * (bytes.length + 1)));
      expect(['ok', 'INVALID_ARGUMENT', 'UNKNOWN_MESSAGE_TYPE']).toContain(outcomeOf(() => codec.decode(cut)));
    }
  });

  it('refuses a nesting bomb', () => {
    let value: Uint8Array = Uint8Array.of(0x08, 0);
    for (let i = 0; i < 3_000; i++) value = nest(0x32, nest(0x0a, value)); // Value.list_value { values }
    expect(() => codec.decode(packAny('google.protobuf.Value', value))).toThrowError(
      expect.objectContaining({ reason: 'INVALID_ARGUMENT' }),
    );
  });
});

/** A length-delimited field around bytes. */
function nest(tag: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Uint8Array.from(Buffer.concat([Uint8Array.of(tag, ...length), bytes]));
}
