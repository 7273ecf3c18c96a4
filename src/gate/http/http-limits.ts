import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tellRefusal } from '../../observability/index.js';

export interface HttpLimits {
  readonly maxHeaderBytes: number;
  readonly headerTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** How often Node looks for requests that take too long; a limit is noticed at most this late. */
export const TIMEOUT_CHECK_MS = 1_000;

/** Sets the limits of an HTTP server that exists already; those of later connections. */
export function limitHttp(server: Server, limits: HttpLimits): void {
  // Read for every connection, like the others; only its type does not say so. Source: nodejs/node, lib/_http_server.js.
  (server as Server & { maxHeaderSize?: number }).maxHeaderSize = limits.maxHeaderBytes;
  server.headersTimeout = limits.headerTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.idleTimeoutMs;
  // Node leaves the closing to whoever listens.
  server.on('timeout', (socket: Socket) => {
    tellRefusal({ limit: 'idleTimeoutMs', protocol: 'http', peer: `${socket.remoteAddress}:${socket.remotePort}` });
    socket.destroy();
  });
  server.on('request', (_request, response: ServerResponse) => {
    // An answer that is complete but not read: Node ends the connection when nothing of it moves for so long.
    response.once('prefinish', () => response.socket?.setTimeout(limits.idleTimeoutMs));
  });
}
