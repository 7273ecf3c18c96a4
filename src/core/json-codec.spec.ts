import { describe, expect, it } from 'vitest';
import { decodeJson, encodeJson } from './json-codec.js';

class Member {
  constructor(readonly userId: string) {}

  toJSON() {
    return 'not called';
  }
}

const text = (value: unknown) => Buffer.from(encodeJson(value, 'argument')).toString();
const invalid = (message: RegExp) =>
  expect.objectContaining({ reason: 'INVALID_ARGUMENT', message: expect.stringMatching(message) as string }) as Error;

describe('JSON payloads', () => {
  it('hold plain data', () => {
    const value = { a: [1, 'é', true, null], b: { '': -1.5 } };
    expect(decodeJson(encodeJson(value, 'argument'))).toEqual(value);
  });

  it('are empty for undefined', () => {
    expect(encodeJson(undefined, 'result')).toHaveLength(0);
    expect(decodeJson(new Uint8Array(0))).toBeUndefined();
  });

  it('write a Date as its ISO string and an instance of a class as a plain object', () => {
    expect(text({ at: new Date(0), by: new Member('ann') })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","by":{"userId":"ann"}}',
    );
  });

  it('leave undefined properties out and write undefined elements as null', () => {
    expect(text({ a: undefined, b: [undefined, 1] })).toBe('{"b":[null,1]}');
  });

  it('keep __proto__ as data', () => {
    const hostile = decodeJson(Buffer.from('{"__proto__":{"polluted":1}}'));
    expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype);
    expect(text(hostile)).toBe('{"__proto__":{"polluted":1}}');
  });

  it.each([
    ['a bigint', { n: 1n }, 'n'],
    ['a Map', [new Map()], '[0]'],
    ['a Set', { s: new Set() }, 's'],
    ['NaN', { a: [NaN] }, 'a[0]'],
    ['Infinity', { a: { b: -Infinity } }, 'a.b'],
    ['an invalid Date', { at: new Date(NaN) }, 'at'],
    ['binary data', { data: new Uint8Array(1) }, 'data'],
    ['an Error', { cause: new Error('x') }, 'cause'],
    ['a function', { f: () => 1 }, 'f'],
    ['a symbol', { s: Symbol('x') }, 's'],
  ])('refuse %s, naming the path', (_what, value, path) => {
    expect(() => encodeJson(value, 'argument')).toThrowError(
      expect.objectContaining({ reason: 'INVALID_ARGUMENT', details: { path } }),
    );
    expect(() => encodeJson(value, 'result')).toThrowError(expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE' }));
  });

  it.each([
    ['text that is no JSON', Buffer.from('{"a":'), /no usable JSON/],
    ['bytes that are no UTF-8', Buffer.from('22ff22', 'hex'), /no usable JSON/],
    ['a nesting bomb', Buffer.from('['.repeat(500_000) + ']'.repeat(500_000)), /nested deeper than 256/],
    ['a nesting bomb of objects', Buffer.from('{"a":'.repeat(300) + '1' + '}'.repeat(300)), /nested deeper than 256/],
  ])('refuse %s', (_what, bytes, message) => {
    expect(() => decodeJson(bytes)).toThrowError(invalid(message));
  });
});
