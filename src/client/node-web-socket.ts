import { WebSocket } from 'ws';
import type { ClientOptions as SocketOptions } from 'ws';
import type { ClientSettings, ClientTls } from './client-options.js';
import { gateRoute } from './gate-url.js';
import { PLAIN_JSON } from './json-frames.js';
import type { WebSocketLike } from './web-socket-channel.js';

/** How long a gate that has gone silent may keep a closed connection, and with it the process. */
const CLOSE_TIMEOUT_MS = 1_000;

/** A WebSocket to a gate, in Node. */
export function connectNodeWebSocket(
  gate: URL,
  { tls, attemptTimeoutMs }: ClientSettings,
  authorization: string | undefined,
): WebSocketLike {
  const options: SocketOptions & { closeTimeout: number } = {
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    ...(tls ? certificatesOf(tls) : {}),
    handshakeTimeout: attemptTimeoutMs,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // The gate offers none.
    perMessageDeflate: false,
  };
  return new WebSocket(gateRoute(gate, '/v1/connect'), PLAIN_JSON, options) as unknown as WebSocketLike;
}

function certificatesOf({ ca, cert, key, serverName }: ClientTls): SocketOptions {
  const given = { ca: bytesOf(ca), cert: bytesOf(cert), key: bytesOf(key), servername: serverName };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function bytesOf(pem: string | Uint8Array | undefined): Buffer | undefined {
  return pem === undefined ? undefined : Buffer.from(pem as Uint8Array);
}
