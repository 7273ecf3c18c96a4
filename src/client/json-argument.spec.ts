import { describe, expect, it } from 'vitest';
import { encodeArgument } from './json-argument.js';

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

describe('encodeArgument', () => {
  it('writes plain data as JSON and nothing for no argument', () => {
    expect(encodeArgument({ at: new Date(0), list: [1, null], gone: undefined })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","list":[1,null]}',
    );
    expect(encodeArgument(undefined)).toBeUndefined();
    expect(encodeArgument(null)).toBe('null');
  });

  it.each([
    ['a bigint', { amount: 1n }, /property amount is a bigint/],
    ['a Map', { members: new Map() }, /property members is a Map/],
    ['a number that is none', { x: Number.NaN }, /property x is NaN/],
    ['a function', () => 1, /The argument is a function/],
    ['bytes', { data: new Uint8Array(1) }, /property data is binary data/],
    ['a cycle', cycle, /cannot be written as JSON/],
  ])('refuses %s', (_what, argument, message) => {
    expect(() => encodeArgument(argument)).toThrow(expect.objectContaining({ reason: 'INVALID_ARGUMENT' }));
    expect(() => encodeArgument(argument)).toThrow(message);
  });
});
