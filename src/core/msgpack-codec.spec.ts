import { inspect } from 'node:util';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { outcomeOf, RandomValues, seededRandom } from '../../test/support/random-values.js';
import { decodeMsgpack, encodeMsgpack } from './msgpack-codec.js';
import { copyValue } from './value-copy.js';

const roundTrip = (value: unknown) => decodeMsgpack(encodeMsgpack(value, 'argument'));

describe('MessagePack payloads', () => {
  it('give what a local copy gives, for random values', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`random values with seed ${seed}`);
    const values = new RandomValues(seededRandom(seed));
    for (let i = 0; i < 3_000; i++) {
      const value = values.value();
      expect(inspectAll(roundTrip(value)), `value ${i} of seed ${seed}`).toBe(inspectAll(copyValue(value, 'argument')));
    }
  });

  it('give what structuredClone gives, for random values', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`random values with seed ${seed}`);
    const values = new RandomValues(seededRandom(seed));
    for (let i = 0; i < 1_000; i++) {
      const value = values.value();
      expect(roundTrip(value), `value ${i} of seed ${seed}`).toEqual(structuredClone(value));
    }
  });

  it('are empty for undefined', () => {
    expect(encodeMsgpack(undefined, 'result')).toHaveLength(0);
    expect(decodeMsgpack(new Uint8Array(0))).toBeUndefined();
  });

  it('keep __proto__ as data and pollute no prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object;
    const back = roundTrip(hostile) as object;
    expect(Object.hasOwn(back, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(inspectAll(back)).toBe(inspectAll(hostile));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('pollute no prototype with a plain map of a foreign encoder', () => {
    const foreign = new Packr({ useRecords: false }).pack(new Map([['__proto__', { polluted: 1 }]]));
    const back = decodeMsgpack(foreign) as { polluted?: number };
    expect(back.polluted).toBeUndefined();
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });

  it('keep -0, lone surrogates and integers of any size exactly', () => {
    expect(Object.is(roundTrip(-0), -0)).toBe(true);
    expect(roundTrip({ 'k\ud800': '\udc00' })).toStrictEqual({ 'k\ud800': '\udc00' });
    for (const value of [2 ** 53 - 1, 2n ** 64n, -(2n ** 200n)]) expect(roundTrip(value)).toBe(value);
  });

  it('keep errors with name, message and cause', () => {
    const error = new TypeError('outer', { cause: Object.assign(new Error('inner'), { name: 'Custom' }) });
    const back = roundTrip({ error }) as { error: TypeError };
    expect(back.error).toBeInstanceOf(TypeError);
    expect(back.error.message).toBe('outer');
    expect(back.error.stack).toBe(error.stack);
    expect(back.error.cause).toMatchObject({ name: 'Custom', message: 'inner' });
  });

  it('share no memory with what was encoded', () => {
    const data = Uint8Array.of(1, 2, 3);
    const bytes = encodeMsgpack(data, 'argument');
    const back = decodeMsgpack(bytes) as Uint8Array;
    bytes.fill(0);
    expect(back).toStrictEqual(Uint8Array.of(1, 2, 3));
    expect(Buffer.isBuffer(back)).toBe(false);
  });

  it('name the path of what cannot travel', () => {
    const list: unknown[] = [];
    list.push({ again: list });
    expect(() => encodeMsgpack({ list }, 'result')).toThrowError(
      expect.objectContaining({
        reason: 'RESULT_NOT_ENCODABLE',
        message: expect.stringContaining('a cycle') as string,
      }),
    );
    expect(() => encodeMsgpack({ a: [1, { run: () => 1 }] }, 'argument')).toThrowError(
      expect.objectContaining({
        reason: 'INVALID_ARGUMENT',
        message: expect.stringContaining("argument's a[1].run is") as string,
      }),
    );
  });

  it('answer malformed bytes with INVALID_ARGUMENT, whatever they are', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`random bytes with seed ${seed}`);
    const random = seededRandom(seed);
    const samples = [{ a: [1, 'x', new Map([[1, new Date(5)]])] }, 2n ** 80n, new Uint16Array(4), new Error('x')];
    for (let i = 0; i < 3_000; i++) {
      const bytes = Uint8Array.from(encodeMsgpack(samples[i % samples.length], 'argument'));
      for (let flips = 0; flips < 3; flips++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const cut = bytes.subarray(0, Math.floor(random() * (bytes.length + 1)));
      const noise = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
      expect(['ok', 'INVALID_ARGUMENT']).toContain(outcomeOf(() => decodeMsgpack(cut)));
      expect(['ok', 'INVALID_ARGUMENT']).toContain(outcomeOf(() => decodeMsgpack(noise)));
    }
  });

  it.each([
    ['an endless array', Buffer.alloc(1 << 20, 0x91)],
    ['an array nested 300 deep', Buffer.concat([Buffer.alloc(300, 0x91), Buffer.of(1)])],
    ['a promise of 4 billion elements', Buffer.from('ddffffffff', 'hex')],
    ['an unknown tag', new Packr().pack('x').fill(0xc1)],
    ['trailing bytes', Buffer.of(1, 2)],
  ])('refuse %s', (_what, bytes) => {
    expect(() => decodeMsgpack(bytes)).toThrowError(expect.objectContaining({ reason: 'INVALID_ARGUMENT' }));
    expect(roundTrip({ still: 'works' })).toEqual({ still: 'works' });
  });
});

/** Shows -0, holes, invalid dates, own `__proto__` keys, prototypes and the contents of buffers. */
function inspectAll(value: unknown): string {
  return inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null });
}
