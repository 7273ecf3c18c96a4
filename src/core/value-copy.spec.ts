import { describe, expect, it } from 'vitest';
import { copyValue } from './value-copy.js';

class Point {
  constructor(
    readonly x: number,
    readonly y: Date,
  ) {}

  length() {
    return this.x;
  }
}

const refused = (path: string, what: string, reason = 'INVALID_ARGUMENT') =>
  expect.objectContaining({ reason, details: { path }, message: expect.stringContaining(what) as string }) as Error;

describe('copies of values', () => {
  it('share nothing that can change', () => {
    const value = { list: [new Date(1)], map: new Map([['k', { n: 1 }]]), bytes: Buffer.from('abc') };
    const copy = copyValue(value, 'argument') as typeof value;
    value.list[0]!.setTime(5);
    value.map.get('k')!.n = 2;
    value.bytes.fill(0);
    expect(copy).toEqual({
      list: [new Date(1)],
      map: new Map([['k', { n: 1 }]]),
      bytes: Uint8Array.from(Buffer.from('abc')),
    });
  });

  it('are plain objects where instances of classes were', () => {
    const copy = copyValue({ at: new Point(1, new Date(2)) }, 'argument') as { at: object };
    expect(Object.getPrototypeOf(copy.at)).toBe(Object.prototype);
    expect(copy).toEqual({ at: { x: 1, y: new Date(2) } });
  });

  it('are primitives where boxed ones were', () => {
    expect(copyValue([Object(1), Object('a'), Object(2n)], 'argument')).toEqual([1, 'a', 2n]);
  });

  it('are not made of primitives and deeply frozen plain data', () => {
    const frozen = Object.freeze({ list: Object.freeze([1, Object.freeze({ a: 'x' })]) });
    expect(copyValue(frozen, 'argument')).toBe(frozen);
    expect((copyValue({ frozen }, 'argument') as { frozen: object }).frozen).toBe(frozen);
    expect(copyValue('text', 'argument')).toBe('text');
  });

  it.each([
    ['an unfrozen part', Object.freeze({ a: { b: 1 } })],
    ['a frozen Map', Object.freeze({ map: Object.freeze(new Map([[1, 2]])) })],
    ['a frozen Date', Object.freeze([Object.freeze(new Date(0))])],
    ['a hole', Object.freeze(Object.assign([], { 1: 'x' }))],
    ['a getter', Object.freeze(Object.defineProperty({}, 'a', { get: () => ({}), enumerable: true }))],
    ['an instance of a class', Object.freeze(new Point(1, new Date(0)))],
  ])('are made of frozen data with %s', (_what, value) => {
    expect(copyValue(value, 'argument')).not.toBe(value);
  });

  it.each([
    ['a function', { a: [{ run: () => 1 }] }, 'a[0].run', 'the function run'],
    ['a symbol', { 'odd key': Symbol('s') }, '["odd key"]', 'a symbol'],
    ['a promise', { later: Promise.resolve(1) }, 'later', '`await` is missing'],
    ['a weak collection', [new WeakMap()], '[0]', 'a weak collection'],
    ['shared memory', { memory: new SharedArrayBuffer(1) }, 'memory', 'shared memory'],
    ['a function as a key of a Map', new Map([[() => 1, 2]]), '["entry 0"]', 'a function'],
    [
      'a throwing getter',
      {
        get broken(): never {
          throw new Error('no');
        },
      },
      'broken',
      'cannot be read: no',
    ],
  ])('are refused of %s, naming the path', (_what, value, path, what) => {
    expect(() => copyValue(value, 'argument')).toThrowError(refused(path, what));
  });

  it('are refused of a bare function or symbol', () => {
    expect(() => copyValue(() => 1, 'argument')).toThrowError(/The argument is a function/);
    expect(() => copyValue(Symbol('s'), 'result')).toThrowError(/The result is a symbol/);
  });

  it('are refused of cycles and of what is nested too deep', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = { cycle };
    expect(() => copyValue(cycle, 'result')).toThrowError(expect.objectContaining({ reason: 'RESULT_NOT_ENCODABLE' }));
    expect(() => copyValue(cycle, 'result')).toThrowError(/a cycle/);
    expect(() => copyValue(nested(256), 'argument')).not.toThrow();
    expect(() => copyValue(nested(257), 'argument')).toThrowError(/deeper than 256 levels/);
  });

  it('keep two references to one object as two objects', () => {
    const shared = { n: 1 };
    const copy = copyValue([shared, shared], 'argument') as object[];
    expect(copy[0]).not.toBe(copy[1]);
    expect(copy).toEqual([shared, shared]);
  });
});

function nested(levels: number): unknown {
  let value: unknown = 'leaf';
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}
