import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { FrameDuplex } from './frame-duplex.js';
import { FrameSplitter } from './frame-splitter.js';

/** In front of every frame stands its length: four bytes, the highest first. */
const HEAD_BYTES = 4;

/** Frames over a plain socket (docs/wire.md, `Link`). A frame that says it is longer than `maxFrameBytes` is an error. */
export class FrameSocket extends EventEmitter implements FrameDuplex {
  readonly headBytes = HEAD_BYTES;
  private readonly splitter: FrameSplitter;

  constructor(
    private readonly socket: Socket,
    maxFrameBytes: number,
  ) {
    super();
    this.splitter = new FrameSplitter(HEAD_BYTES, maxFrameBytes, (frame) => {
      if (!socket.destroyed) this.emit('data', frame);
    });
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
    if (this.socket.destroyed) return;
    try {
      this.splitter.take(chunk);
    } catch (error) {
      this.emit('error', error);
    }
  }
}
