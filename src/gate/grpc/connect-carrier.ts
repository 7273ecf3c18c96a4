import { Metadata } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { GoverseError } from '../../core/index.js';
import { FrameSplitter, grpcStatusOf } from '../../rpc/index.js';
import type { FrameCarrier } from '../connect/frame-carrier.js';
import type { ServerFrame } from '../connect/server-frame.js';
import { WriteWindow } from '../write-window.js';
import { RawStream } from './raw-stream.js';
import { MESSAGE_HEAD_BYTES } from './server-frame-writer.js';
import type { ServerFrameWriter } from './server-frame-writer.js';

/** A `Connect` stream: serialised frames in, batches of them out (message-batches.ts). */
export type ConnectCall = ServerDuplexStream<Buffer, readonly Uint8Array[]>;

/**
 * Carries frames over a `Connect` stream; its status is given once, by whoever ends it first. Frames that arrive or leave
 * together do so in one piece, past grpc-js, which takes them one by one.
 */
export class ConnectCarrier implements FrameCarrier {
  private readonly window: WriteWindow;
  private readonly raw: RawStream | undefined;
  /** Undefined: grpc-js cuts what arrives into frames. */
  private splitter: FrameSplitter | undefined;
  private paused = false;
  private answering = false;

  constructor(
    private readonly call: ConnectCall,
    private readonly writer: ServerFrameWriter,
    onDrain: () => void,
  ) {
    this.window = new WriteWindow(onDrain);
    this.raw = RawStream.of(call);
  }

  /** Brings each frame, in order. One that is longer than `maxBytes` ends the stream. */
  listen(receive: (frame: Buffer) => void, maxBytes: number): void {
    const splitter = new FrameSplitter(MESSAGE_HEAD_BYTES, maxBytes, receive);
    if (this.raw?.readWith((chunk) => splitter.take(chunk))) this.splitter = splitter;
    this.call.on('data', receive);
  }

  encode(frame: ServerFrame): Uint8Array {
    return this.writer.write(frame);
  }

  send(frames: readonly Uint8Array[]): boolean {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    const taken = () => this.window.taken(bytes);
    if (!this.answering) this.call.sendMetadata(new Metadata());
    this.answering = true;
    // A copy: what waits for a slow client must not hold the buffer of everybody's frames.
    if (this.raw) this.raw.write(Buffer.concat(frames, bytes), taken);
    else
      this.call.write(
        frames.map((frame) => frame.subarray(MESSAGE_HEAD_BYTES)),
        taken,
      );
    return this.window.handed(bytes);
  }

  pause(): void {
    this.paused = true;
    if (!this.splitter) return void this.call.pause();
    this.splitter.halt();
    this.raw?.pause();
  }

  resume(): void {
    this.paused = false;
    if (!this.splitter) return void this.call.resume();
    // As streams do it: who resumes is about to take what it has held first.
    process.nextTick(() => this.readOn());
  }

  end(reason?: GoverseError): void {
    if (this.call.writableEnded || this.call.destroyed) return;
    if (reason) this.call.emit('error', grpcStatusOf(reason));
    else this.call.end();
  }

  cut(): void {
    this.raw?.cut();
    this.call.destroy();
  }

  private readOn(): void {
    if (!this.paused) this.splitter?.goOn();
    // What was there may have been enough.
    if (!this.paused) this.raw?.resume();
  }
}
