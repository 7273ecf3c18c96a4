import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ChannelOptions, ServerInterceptor } from '@grpc/grpc-js';
import type { Clock } from '../core/index.js';
import { systemClock } from '../core/index.js';
import { raiseServerWindows } from './http2-windows.js';
import type { Http2Tuning } from './http2-windows.js';
import type { LinkSockets } from './link-sockets.js';

/** grpc-js cuts off what is larger than this above `maxPayloadBytes`; below it the refusal with a reason is ours. */
export const MESSAGE_OVERHEAD_BYTES = 64 * 1024;

/**
 * Options of a grpc-js server that faces Links and clients. It takes pings as often as clients like to send them, and
 * pings quiet connections itself, so that half-open ones end. Channelz stays on: without it `forceShutdown` of grpc-js
 * 1.14 does not know its connections.
 */
export function grpcServerOptions(maxPayloadBytes: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxPayloadBytes + MESSAGE_OVERHEAD_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  };
}

export interface GrpcListenerOptions {
  /** `host:port` to listen on; port 0 takes a free one. */
  readonly listen: string;
  readonly maxPayloadBytes: number;
  /** Default: no TLS. */
  readonly credentials?: ServerCredentials;
  readonly clock?: Clock;
  /** Added to, and stronger than, those every server has. */
  readonly channelOptions?: ChannelOptions;
  /** Around every call. Default: none. */
  readonly interceptors?: readonly ServerInterceptor[];
  /** Largest metadata of a call. Default: 64 KiB. */
  readonly maxHeaderBytes?: number;
  /** Told of every new connection. */
  readonly onSession?: Http2Tuning['onSession'];
  /** Takes the connections that carry frames of Links. Default: every connection is HTTP/2's. */
  readonly sockets?: LinkSockets | undefined;
  /** Adds the services, before the first connection is taken. */
  readonly register: (server: Server) => void;
}

/** A gRPC server that is listening. */
export class GrpcListener {
  private closing: Promise<void> | undefined;

  private constructor(
    /** The bound `host:port`, with the real port. */
    readonly address: string,
    private readonly server: Server,
    private readonly clock: Clock,
    private readonly sockets: LinkSockets | undefined,
  ) {}

  /** Resolves when connections are taken; rejects naming the address when it cannot be bound. */
  static async start(options: GrpcListenerOptions): Promise<GrpcListener> {
    const { maxPayloadBytes, channelOptions, interceptors = [], maxHeaderBytes, onSession, sockets } = options;
    const server = new Server({
      ...grpcServerOptions(maxPayloadBytes),
      ...channelOptions,
      interceptors: [...interceptors],
    });
    raiseServerWindows(server, { maxHeaderBytes, onSession, sockets });
    options.register(server);
    const address = await bindGrpc(server, options.listen, options.credentials);
    return new GrpcListener(address, server, options.clock ?? systemClock, sockets);
  }

  /**
   * Takes no more connections and calls, waits up to `deadlineMs` for what runs, then cuts the rest. Streams that live
   * for ever must be ended by their owners first, or they hold the close up until the deadline. Idempotent.
   */
  close(deadlineMs: number): Promise<void> {
    this.closing ??= new Promise<void>((resolve) => {
      const timer = this.clock.setTimeout(() => {
        this.server.forceShutdown();
        this.sockets?.close();
      }, deadlineMs);
      this.server.tryShutdown(() => {
        this.clock.clearTimeout(timer);
        resolve();
      });
    });
    return this.closing;
  }
}

/** Binds a server to `host:port`; resolves to the address with the port that was really taken. */
export function bindGrpc(
  server: Server,
  listen: string,
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync(listen, credentials, (error, port) => {
      if (error) reject(new Error(`Cannot listen on ${listen}: ${error.message}`, { cause: error }));
      else resolve(`${listen.slice(0, listen.lastIndexOf(':'))}:${port}`);
    });
  });
}
