import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { FrameSocket } from './frame-socket.js';

const MOST = 5_000;

/** A socket whose other end is the test. */
class Wire extends Duplex {
  readonly sent: Buffer[] = [];

  setNoDelay(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(chunk);
    done();
  }
}

function socketOf(wire: Wire): { frames: Buffer[]; errors: Error[]; socket: FrameSocket } {
  const socket = new FrameSocket(wire as unknown as Socket, MOST);
  const frames: Buffer[] = [];
  const errors: Error[] = [];
  socket.on('data', (frame: Buffer) => frames.push(frame));
  socket.on('error', (error: Error) => errors.push(error));
  return { frames, errors, socket };
}

function framed(frame: Buffer): Buffer {
  const wire = new Wire();
  const { socket } = socketOf(wire);
  socket.write(Buffer.concat([Buffer.alloc(socket.headBytes), frame]));
  return Buffer.concat(wire.sent);
}

describe('frames over a socket', () => {
  it('arrive whole, one write each, however the bytes are cut', () => {
    const seed = Date.now() % 1_000_000;
    const random = new SeededRandom(seed);
    for (let round = 0; round < 40; round++) {
      const sent = Array.from({ length: random.below(20) }, () =>
        Buffer.alloc(random.chance(0.2) ? 0 : random.below(random.pick([10, MOST + 1])), random.below(256)),
      );
      const bytes = Buffer.concat(sent.map(framed));
      const { frames, errors, socket } = socketOf(new Wire());
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + 1 + random.below(random.pick([3, 100, 10_000])));
        socket.take(bytes.subarray(at, end));
        at = end;
      }
      expect(errors, `seed ${seed}`).toEqual([]);
      expect(frames.length, `seed ${seed}`).toBe(sent.length);
      expect(Buffer.concat(frames).equals(Buffer.concat(sent)), `seed ${seed}`).toBe(true);
    }
  });

  it('are not waited for when they are longer than any', () => {
    const wire = new Wire();
    const { frames, errors, socket } = socketOf(wire);
    socket.take(Buffer.concat([framed(Buffer.from('fits')), Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3])]));
    expect(frames.map(String)).toEqual(['fits']);
    expect(errors).toMatchObject([{ message: 'a frame of 4294967295 bytes is too long' }]);
    expect(wire.destroyed).toBe(true);
    socket.take(framed(Buffer.from('later')));
    expect(frames.length).toBe(1);
  });
});
