import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';

/** The parts of grpc-js 1.14 that lead from a call, through its interceptors, to its HTTP/2 stream. */
interface CallInternals {
  readonly stream?: ServerHttp2Stream;
  readonly nextCall?: CallInternals;
  /** Cuts what arrives into messages. */
  decoder?: { write(chunk: Buffer): Buffer[] };
  /** How messages are compressed that say they are. */
  readonly incomingEncoding?: string;
}

/** The HTTP/2 stream of a call: for what grpc-js does message by message, and for what it has no public way to do. */
export class RawStream {
  private constructor(
    private readonly call: CallInternals,
    private readonly stream: ServerHttp2Stream,
  ) {}

  /** Undefined with a grpc-js that is built differently: one has to do without. */
  static of(call: object): RawStream | undefined {
    let inner = (call as { call?: CallInternals }).call;
    while (inner?.nextCall) inner = inner.nextCall;
    return inner?.stream && new RawStream(inner, inner.stream);
  }

  /**
   * Gets all messages of the call as they arrive, with their heads, in pieces of any length; grpc-js sees none. An error that
   * `take` throws ends the call with RESOURCE_EXHAUSTED. False: it has to be done message by message.
   */
  readWith(take: (chunk: Buffer) => void): boolean {
    const { call } = this;
    if (call.incomingEncoding !== 'identity' || typeof call.decoder?.write !== 'function') return false;
    call.decoder = {
      write: (chunk) => {
        take(chunk);
        return [];
      },
    };
    return true;
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  /** Writes whole messages with their heads, after the metadata has been sent; nothing once the call has ended. */
  write(messages: Buffer, done: () => void): void {
    if (this.stream.writable) this.stream.write(messages, done);
  }

  /** Resets the stream: a status would wait behind what the client has not read. */
  cut(): void {
    if (!this.stream.destroyed) this.stream.close(constants.NGHTTP2_CANCEL);
  }
}
