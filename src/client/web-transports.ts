import { goverseError } from '../core/errors.js';
import type { ClientSettings } from './client-options.js';
import { FrameTransport } from './frame-transport.js';
import { gateRoute } from './gate-url.js';
import { HttpTransport } from './http-transport.js';
import { PLAIN_JSON } from './json-frames.js';
import type { Transport } from './transport.js';
import type { WebSocketLike } from './web-socket-channel.js';
import { WebSocketChannel } from './web-socket-channel.js';

/** Opens `http(s)://` and `ws(s)://` with what browsers have. */
export async function openWebTransport(gate: URL, settings: ClientSettings): Promise<Transport> {
  const authorization = await settings.authorization();
  if (gate.protocol.startsWith('http')) return new HttpTransport(gate, settings, authorization);
  const accessToken = bearerToken(authorization);
  if (authorization !== undefined && accessToken === undefined) {
    const remedy = 'give the option token, or connect over https://';
    throw goverseError(
      'UNAUTHENTICATED',
      `A WebSocket of a browser cannot send an authorization without Bearer; ${remedy}`,
    );
  }
  const connect = () => new globalThis.WebSocket(gateRoute(gate, '/v1/connect'), PLAIN_JSON) as WebSocketLike;
  return webSocketTransport(gate, settings, connect, accessToken);
}

export function webSocketTransport(
  gate: URL,
  settings: ClientSettings,
  connect: () => WebSocketLike,
  accessToken: string | undefined,
): Transport {
  return new FrameTransport(new WebSocketChannel(gate.href, connect, accessToken), gate.href, settings.silenceMs);
}

/** The token of `Bearer <token>`, which may go with the registration instead of a header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
