import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { FrameDuplex } from './frame-duplex.js';

/** In front of every frame stands its length: four bytes, the highest first. */
const HEAD_BYTES = 4;

/** Frames over a plain socket (docs/wire.md, `Link`). A frame that says it is longer than `maxFrameBytes` is an error. */
export class FrameSocket extends EventEmitter implements FrameDuplex {
  readonly headBytes = HEAD_BYTES;
  private readonly parts: Buffer[] = [];
  private partBytes = 0;
  /** With its head, as far as it is known. */
  private wanted = HEAD_BYTES;

  constructor(
    private readonly socket: Socket,
    private readonly maxFrameBytes: number,
  ) {
    super();
    this.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', (error) => this.emit('error', error));
    socket.on('end', () => this.emit('end'));
    socket.on('close', () => this.emit('close'));
  }

  /** @param frame with `headBytes` in front that may be overwritten */
  write(frame: Buffer): boolean {
    frame.writeUInt32BE(frame.length - HEAD_BYTES, 0);
    return this.socket.write(frame);
  }

  /** Sends what has been written, then says that nothing more comes. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Bytes as they arrive, in pieces of any length. */
  take(chunk: Buffer): void {
    if (this.partBytes + chunk.length < this.wanted) return this.keep(chunk);
    let bytes = chunk;
    if (this.partBytes > 0) {
      bytes = Buffer.concat([...this.parts, chunk]);
      this.parts.length = 0;
      this.partBytes = 0;
    }
    let at = 0;
    for (; bytes.length - at >= HEAD_BYTES && !this.socket.destroyed; at += this.wanted) {
      const length = bytes.readUInt32BE(at);
      if (length > this.maxFrameBytes) {
        this.emit('error', new RangeError(`a frame of ${length} bytes is too long`));
        return;
      }
      this.wanted = HEAD_BYTES + length;
      if (bytes.length - at < this.wanted) break;
      this.emit('data', bytes.subarray(at + HEAD_BYTES, at + this.wanted));
    }
    if (bytes.length - at < HEAD_BYTES) this.wanted = HEAD_BYTES;
    if (at < bytes.length) this.keep(at === 0 ? bytes : bytes.subarray(at));
  }

  private keep(chunk: Buffer): void {
    this.parts.push(chunk);
    this.partBytes += chunk.length;
  }
}
