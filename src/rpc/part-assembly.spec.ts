import { describe, expect, it } from 'vitest';
import { PartAssembly } from './part-assembly.js';

const part = (seq: number, text: string, last = false) => ({ seq, bytes: Buffer.from(text), last });

describe('the parts of a message', () => {
  it('make it whole with the last one', () => {
    const assembly = new PartAssembly(10);
    expect(assembly.add(part(1, 'abc'))).toBeUndefined();
    expect(String(assembly.add(part(1, 'def', true)))).toBe('abcdef');
    expect(String(assembly.add(part(2, 'x', true)))).toBe('x');
  });

  it('are forgotten when the message is given up', () => {
    const assembly = new PartAssembly(10);
    assembly.add(part(1, 'abc'));
    assembly.drop(7);
    expect(() => assembly.add(part(2, 'x'))).toThrow('mixed');
    assembly.drop(1);
    expect(String(assembly.add(part(2, 'x', true)))).toBe('x');
  });

  it('are refused when there are too many, or they are empty', () => {
    const assembly = new PartAssembly(4);
    assembly.add(part(1, 'abc'));
    expect(() => assembly.add(part(1, 'de'))).toThrow('longer than 4 bytes');
    expect(() => new PartAssembly(4).add(part(1, ''))).toThrow('empty');
  });
});
