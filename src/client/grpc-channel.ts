import type { Client, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { GoverseError, goverseError } from '../core/errors.js';
import type { ClientFrame, FrameChannel, FrameListener, ServerFrame } from './frames.js';
import type { ClientMessage, ServerMessage } from './grpc-frames.js';
import { CONNECT, decodeMessage, encodeMessage } from './grpc-frames.js';
import { streamError, wasSaidByGate } from './grpc-failure.js';

/** Frames as protobuf over gRPC: `ClientService.Connect` of a gate. */
export class GrpcChannel implements FrameChannel {
  private stream: ClientDuplexStream<ClientMessage, ServerMessage> | undefined;

  constructor(
    /** How errors name the gate. */
    private readonly gate: string,
    private readonly client: Client,
    private readonly metadata: Metadata,
  ) {}

  open(listener: FrameListener): void {
    const { path, requestSerialize, responseDeserialize } = CONNECT;
    const read = responseDeserialize as (bytes: Buffer) => ServerMessage;
    const stream = this.client.makeBidiStreamRequest(path, requestSerialize, read, this.metadata);
    this.stream = stream;
    stream.on('data', (message: ServerMessage) => this.take(message, listener));
    stream.on('error', (error) => {
      const reason = streamError(error, this.gate);
      listener.closed(reason, wasSaidByGate(error) && reason.reason === 'NOT_READY');
    });
    stream.on('end', () => listener.closed(goverseError('NOT_READY', `The gate ${this.gate} ended the stream`)));
    // grpc-js keeps what is written until there is a connection.
    queueMicrotask(() => listener.opened());
  }

  send(frame: ClientFrame): boolean {
    if (!this.stream?.writable) return false;
    this.stream.write(encodeMessage(frame));
    return true;
  }

  close(): void {
    this.stream?.cancel();
    this.client.close();
  }

  private take(message: ServerMessage, listener: FrameListener): void {
    const frame = this.read(message);
    if (frame instanceof GoverseError) listener.closed(frame);
    else if (frame) listener.received(frame);
  }

  private read(message: ServerMessage): ServerFrame | GoverseError | undefined {
    try {
      return decodeMessage(message);
    } catch (cause) {
      return goverseError('NOT_READY', `What answers at ${this.gate} is no gate: ${String(cause)}`, { cause });
    }
  }
}
