import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { GoverseError } from '../../core/index.js';
import { grpcStatusOf } from '../../rpc/index.js';
import type { FrameCarrier } from '../connect/frame-carrier.js';
import type { ServerFrame } from '../connect/server-frame.js';
import { WriteWindow } from '../write-window.js';
import { cutCall } from './cut-call.js';
import { encodeServerFrame } from './server-frame-codec.js';

/** A `Connect` stream: serialised frames in, batches of them out (message-batches.ts). */
export type ConnectCall = ServerDuplexStream<Buffer, readonly Uint8Array[]>;

/** Carries frames over a `Connect` stream; its status is given once, by whoever ends it first. */
export class ConnectCarrier implements FrameCarrier {
  private readonly window: WriteWindow;

  constructor(
    private readonly call: ConnectCall,
    onDrain: () => void,
  ) {
    this.window = new WriteWindow(onDrain);
  }

  encode(frame: ServerFrame): Uint8Array {
    return encodeServerFrame(frame);
  }

  send(frames: readonly Uint8Array[]): boolean {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.call.write(frames, () => this.window.taken(bytes));
    return this.window.handed(bytes);
  }

  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  end(reason?: GoverseError): void {
    if (this.call.writableEnded || this.call.destroyed) return;
    if (reason) this.call.emit('error', grpcStatusOf(reason));
    else this.call.end();
  }

  cut(): void {
    cutCall(this.call);
  }
}
