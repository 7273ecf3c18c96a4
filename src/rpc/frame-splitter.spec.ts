import { describe, expect, it } from 'vitest';
import { FrameSplitter } from './frame-splitter.js';

/** With a head of five bytes, as messages of gRPC have. */
function framed(text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

describe('FrameSplitter', () => {
  it('gives no frame while it is halted, and then all of them in order', () => {
    const got: string[] = [];
    const splitter: FrameSplitter = new FrameSplitter(5, 100, (frame) => {
      if (got.push(frame.toString()) === 2) splitter.halt();
    });
    const bytes = Buffer.concat(['one', 'two', 'three', 'four', '', 'six'].map(framed));
    splitter.take(bytes.subarray(0, -1));
    expect(got).toEqual(['one', 'two']);
    splitter.take(bytes.subarray(-1));
    expect(got).toEqual(['one', 'two']);
    splitter.goOn();
    expect(got).toEqual(['one', 'two', 'three', 'four', '', 'six']);
    splitter.take(framed('more'));
    expect(got.at(-1)).toBe('more');
  });
});
