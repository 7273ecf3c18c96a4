import type { ServerWritableStream } from '@grpc/grpc-js';
import type { GoverseError } from '../../core/index.js';
import { goverseError } from '../../core/index.js';
import { grpcStatusOf } from '../../rpc/index.js';
import type { PushSink, QueuedPush } from '../push-sink.js';
import { WriteWindow } from '../write-window.js';
import { cutCall } from './cut-call.js';

/** A `Register` stream of one client: batches (message-batches.ts) of its first message, then of serialised `google.protobuf.Any`s. */
export type RegisterCall = ServerWritableStream<unknown, readonly object[]>;

/** Writes pushes to a `Register` stream; its status is given exactly once, by whoever ends it first. */
export class RegisterSink implements PushSink {
  private readonly window: WriteWindow;

  constructor(
    private readonly call: RegisterCall,
    onDrain: () => void = () => {},
  ) {
    this.window = new WriteWindow(onDrain);
  }

  write(batch: readonly QueuedPush[]): boolean {
    const messages = batch.map(({ message }) => message.any);
    const bytes = messages.reduce((sum, message) => sum + message.length, 0);
    this.call.write(messages, () => this.window.taken(bytes));
    return this.window.handed(bytes);
  }

  /** Unless there is another reason the gate stops. */
  end(reason: GoverseError = goverseError('NOT_READY', 'This gate is stopping; register at another one')): void {
    this.fail(reason);
  }

  fail(error: unknown): void {
    if (this.call.writableEnded || this.call.destroyed) return;
    // grpc-js sends the status of an 'error' event after what was written before it.
    this.call.emit('error', grpcStatusOf(error));
  }

  destroy(): void {
    cutCall(this.call);
  }
}
