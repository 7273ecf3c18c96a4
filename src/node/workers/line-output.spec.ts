import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LineOutput } from './line-output.js';

function collector(highWaterMark?: number) {
  const written: Buffer[] = [];
  const takers: (() => void)[] = [];
  const target = new Writable({
    ...(highWaterMark && { highWaterMark }),
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      if (highWaterMark === undefined) done();
      else takers.push(done);
    },
  });
  return { target, takers, text: () => Buffer.concat(written).toString() };
}

const ended = (stream: PassThrough) => new Promise((resolve) => stream.once('close', resolve));

describe('LineOutput', () => {
  it('puts the name before each line, however the bytes come, and ends the last one', async () => {
    const { target, text } = collector();
    const source = new PassThrough();
    new LineOutput(target).take(source, 'worker 1');
    const bytes = Buffer.from('häl\n\nlo\nend');
    for (const byte of bytes) source.write(Buffer.of(byte));
    source.end();
    await ended(source);
    expect(text()).toBe('[worker 1] häl\n[worker 1] \n[worker 1] lo\n[worker 1] end\n');
  });

  it('never mixes lines of two processes', async () => {
    const { target, text } = collector();
    const output = new LineOutput(target);
    const [one, two] = [new PassThrough(), new PassThrough()];
    output.take(one, '1');
    output.take(two, '2');
    one.write('a');
    two.write('b\n');
    one.end('a\n');
    two.end();
    await Promise.all([ended(one), ended(two)]);
    expect(text().split('\n').sort()).toEqual(['', '[1] aa', '[2] b']);
  });

  it('cuts a line that does not end', async () => {
    const { target, text } = collector();
    const source = new PassThrough();
    new LineOutput(target).take(source, 'w');
    for (let n = 0; n < 4; n++) source.write('x'.repeat(50_000));
    source.end();
    await ended(source);
    const lines = text().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map((line) => line.replace('[w] ', '')).join('')).toBe('x'.repeat(200_000));
  });

  it('reads no more while nobody takes what was printed', async () => {
    const { target, takers } = collector(16);
    const source = new PassThrough();
    new LineOutput(target).take(source, 'w');
    source.write('a line that is longer than the buffer\n');
    await expect.poll(() => source.isPaused()).toBe(true);
    takers.splice(0).forEach((take) => take());
    await expect.poll(() => source.isPaused()).toBe(false);
  });
});
