import type { Http2Server, ServerOptions } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** Bytes in flight per stream and per connection: a 64 KiB window stalls batches of calls. */
export const FLOW_CONTROL_WINDOW = 8 * 1024 * 1024;

/** The parts of grpc-js 1.14 that decide on the windows of a server; there is no public option for them. */
interface ServerInternals {
  commonServerOptions?: ServerOptions;
  createHttp2Server?: (credentials: unknown) => Http2Server;
}

/**
 * Raises the HTTP/2 receive windows of a server. A grpc-js that is built differently keeps its small windows and works
 * all the same. Source: grpc/grpc-node issues 2429 and 3058.
 */
export function raiseServerWindows(server: Server, bytes: number = FLOW_CONTROL_WINDOW): void {
  const internals = server as unknown as ServerInternals;
  const { commonServerOptions, createHttp2Server } = internals;
  if (!commonServerOptions || typeof createHttp2Server !== 'function') return;
  commonServerOptions.settings = { ...commonServerOptions.settings, initialWindowSize: bytes };
  internals.createHttp2Server = (credentials) => {
    const http2Server = createHttp2Server.call(server, credentials);
    http2Server.on('session', (session) => session.setLocalWindowSize(bytes));
    return http2Server;
  };
}
