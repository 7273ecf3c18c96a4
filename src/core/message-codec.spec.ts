import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { outcomeOf, seededRandom } from '../../test/support/random-values.js';
import { decodeMessage, encodeMessage } from './message-codec.js';
import { MessageRegistry } from './message-registry.js';

const registry = MessageRegistry.load([fileURLToPath(new URL('../../test/protos/sample.proto', import.meta.url))]);
const everything = registry.find('sample.Everything')!;
const roundTrip = (value: unknown) => decodeMessage(everything, encodeMessage(everything, value, 'argument'));
const violations = (...texts: string[]) =>
  expect.objectContaining({ reason: 'INVALID_ARGUMENT', details: { violations: texts } }) as Error;

const DEFAULTS = {
  small: 0,
  big: 0,
  unsignedBig: 0,
  ratio: 0,
  rough: 0,
  flag: false,
  text: '',
  data: new Uint8Array(0),
  colour: 0,
  bigs: [],
  inners: [],
  byName: {},
  byNumber: {},
  zigzag: 0,
  fixed: 0,
};

describe('protobuf messages as plain objects', () => {
  it('have every default, but not what tracks its presence', () => {
    expect(roundTrip({})).toStrictEqual(DEFAULTS);
    expect(roundTrip(undefined)).toStrictEqual(DEFAULTS);
    expect(
      encodeMessage(
        everything,
        { small: 0, big: 0n, text: '', data: new Uint8Array(0), colour: 'RED', zigzag: 0 },
        'argument',
      ),
    ).toHaveLength(0);
  });

  it('keep every kind of field', () => {
    const value = {
      small: -5,
      big: -(2n ** 63n),
      unsignedBig: 2n ** 64n - 1n,
      ratio: NaN,
      rough: 0.5,
      flag: true,
      text: 'é',
      data: Uint8Array.of(1, 2),
      colour: 1,
      inner: { name: 'a', next: { name: 'b' } },
      bigs: [1, 2n ** 60n, -1],
      inners: [{ name: 'x' }, { name: '' }],
      byName: { one: { name: '1' }, constructor: { name: 'c' } },
      byNumber: { '-5': 'minus', '9007199254740993': 'big' },
      maybe: 0,
      right: 0,
      zigzag: -(2n ** 62n),
      fixed: 2n ** 63n,
    };
    expect(roundTrip(value)).toEqual(value);
  });

  it('have numbers where a number holds a 64-bit integer, else bigint', () => {
    expect(roundTrip({ big: 5n, unsignedBig: BigInt(Number.MAX_SAFE_INTEGER) })).toMatchObject({
      big: 5,
      unsignedBig: 2 ** 53 - 1,
    });
    expect(roundTrip({ big: 2n ** 53n })).toMatchObject({ big: 2n ** 53n });
  });

  it('take names of enums and keep numbers without a name', () => {
    expect(roundTrip({ colour: 'GREEN' })).toMatchObject({ colour: 1 });
    expect(roundTrip({ colour: 7 })).toMatchObject({ colour: 7 });
  });

  it('are refused with every violation named', () => {
    const wrong = {
      small: 2 ** 31,
      text: 5,
      colour: 'BLUE',
      inner: { next: { name: 1n } },
      bigs: [1, 'x'],
      left: 'a',
      right: 1,
    };
    expect(() => encodeMessage(everything, wrong, 'argument')).toThrowError(
      violations(
        'small is 2147483648, not int32',
        'text is 5, not string',
        'colour is "BLUE", not one of RED, GREEN',
        'inner.next.name is 1n, not string',
        'bigs[1] is "x", not int64',
        'right and left exclude each other (either)',
      ),
    );
    expect(() => encodeMessage(everything, [], 'argument')).toThrowError(
      violations('it is an array, not an object (Everything)'),
    );
    expect(() => encodeMessage(everything, { flag: 'yes' }, 'result')).toThrowError(
      expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE' }),
    );
  });

  it('are refused when nested too deep, in both directions', () => {
    let inner: object = { name: 'x' };
    let bytes = Buffer.of(0x0a, 1, 0x78);
    for (let i = 0; i < 150; i++) {
      inner = { next: inner };
      const length = bytes.length > 127 ? [(bytes.length & 127) | 128, bytes.length >> 7] : [bytes.length];
      bytes = Buffer.concat([Buffer.of(0x12, ...length), bytes]);
    }
    expect(() => encodeMessage(everything, { inner }, 'argument')).toThrowError(/nested deeper than 100 levels/);
    expect(() => decodeMessage(registry.find('sample.Inner')!, bytes)).toThrowError(
      expect.objectContaining({ reason: 'INVALID_ARGUMENT' }),
    );
  });

  it('read and write the forms of proto3 JSON', () => {
    const json = {
      big: '-9007199254740993',
      unsigned_big: '5',
      byNumber: { '7': 'x' },
      data: 'AQI=',
      ratio: 'Infinity',
      colour: 'GREEN',
    };
    const bytes = encodeMessage(everything, json, 'argument', 'json');
    expect(decodeMessage(everything, bytes)).toMatchObject({
      big: -9007199254740993n,
      unsignedBig: 5,
      byNumber: { 7: 'x' },
      data: Uint8Array.of(1, 2),
      ratio: Infinity,
    });
    expect(decodeMessage(everything, bytes, 'json')).toMatchObject({
      big: '-9007199254740993',
      unsignedBig: '5',
      data: 'AQI=',
      ratio: 'Infinity',
      colour: 'GREEN',
    });
    expect(() => encodeMessage(everything, { big: '5' }, 'argument')).toThrowError(violations('big is "5", not int64'));
  });

  it('leave out properties without a field and fields that are null', () => {
    expect(roundTrip({ unknown: 1, small: null, __proto__: { flag: true } })).toEqual({ ...DEFAULTS, flag: true });
  });

  it('keep __proto__ as a key of a map', () => {
    const { byName } = roundTrip({ byName: JSON.parse('{"__proto__":{"name":"x"}}') as object }) as { byName: object };
    expect(Object.getPrototypeOf(byName)).toBe(Object.prototype);
  });

  it.each([
    ['ends before its length says', [0xff, 0xff, 0xff, 0x7f, 0x61]],
    ['is no UTF-8', [0x02, 0xff, 0xfe]],
  ])('are not made of bytes in which a text %s', (_what, lengthAndText) => {
    const tag = (everything.fields['text']!.id << 3) | 2;
    const bytes = Uint8Array.from([tag, ...lengthAndText]);
    expect(outcomeOf(() => decodeMessage(everything, bytes))).toBe('INVALID_ARGUMENT');
    expect(outcomeOf(() => decodeMessage(everything, Buffer.from(bytes)))).toBe('INVALID_ARGUMENT');
  });

  it('answer malformed bytes with INVALID_ARGUMENT, whatever they are', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`random bytes with seed ${seed}`);
    const random = seededRandom(seed);
    for (let i = 0; i < 3_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      expect(['ok', 'INVALID_ARGUMENT']).toContain(outcomeOf(() => decodeMessage(everything, bytes, 'json')));
    }
  });
});
