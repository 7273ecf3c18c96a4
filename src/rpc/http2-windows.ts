import type { Http2Server, ServerHttp2Session, ServerOptions } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import type { LinkSockets } from './link-sockets.js';

/** Bytes in flight per stream and per connection: a 64 KiB window stalls batches of calls. */
export const FLOW_CONTROL_WINDOW = 8 * 1024 * 1024;

/** The parts of grpc-js 1.14 that decide on the windows of a server; there is no public option for them. */
interface ServerInternals {
  commonServerOptions?: ServerOptions;
  createHttp2Server?: (credentials: unknown) => Http2Server;
}

/** How long a client may take for its part of a TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface Http2Tuning {
  /** Receive window per stream and connection. Default: `FLOW_CONTROL_WINDOW`. */
  readonly bytes?: number;
  /** Largest metadata of a call; larger ones are reset. Default: Node's own, 64 KiB. */
  readonly maxHeaderBytes?: number | undefined;
  /** Told of every new connection. */
  readonly onSession?: ((session: ServerHttp2Session) => void) | undefined;
  /** Takes the connections that are not HTTP/2's. */
  readonly sockets?: LinkSockets | undefined;
}

/**
 * Raises the HTTP/2 receive windows of a server. A grpc-js that is built differently keeps its small windows and works
 * all the same. Source: grpc/grpc-node issues 2429 and 3058.
 */
export function raiseServerWindows(
  server: Server,
  { bytes = FLOW_CONTROL_WINDOW, maxHeaderBytes, onSession, sockets }: Http2Tuning = {},
): void {
  const internals = server as unknown as ServerInternals;
  const { commonServerOptions, createHttp2Server } = internals;
  if (!commonServerOptions || typeof createHttp2Server !== 'function') return;
  const headers = maxHeaderBytes === undefined ? {} : { maxHeaderListSize: maxHeaderBytes };
  commonServerOptions.settings = { ...commonServerOptions.settings, ...headers, initialWindowSize: bytes };
  Object.assign(commonServerOptions, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
  internals.createHttp2Server = (credentials) => {
    const http2Server = createHttp2Server.call(server, credentials);
    http2Server.on('session', (session) => {
      session.setLocalWindowSize(bytes);
      onSession?.(session);
    });
    sockets?.attach(http2Server);
    return http2Server;
  };
}
