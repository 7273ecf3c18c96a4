import type { FastifyRequest } from 'fastify';
import type { ClientConnection } from '../../config/index.js';
import type { ClientSource } from '../client-request.js';

/** What an HTTP request says about its client. */
export function httpSource(request: FastifyRequest, protocol: ClientConnection['protocol']): ClientSource {
  return {
    credentials: { authorization: authorizationOf(request, protocol), headers: textHeaders(request) },
    connection: { protocol, peer: peerOf(request) },
    clientId: header(request, 'x-client-id'),
    clientToken: header(request, 'x-client-token'),
  };
}

/** Browsers cannot send headers with an event stream or a WebSocket; every other request must not show its token to logs. */
function authorizationOf(request: FastifyRequest, protocol: ClientConnection['protocol']): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined || protocol === 'http') return authorization;
  const { access_token: token } = request.query as { access_token?: unknown };
  return typeof token === 'string' && token !== '' ? `Bearer ${token}` : undefined;
}

/** A header that must not come twice; the first one counts. */
export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function textHeaders(request: FastifyRequest): Record<string, string> {
  const entries = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** `ip:port` of the other end. */
export function peerOf(request: FastifyRequest): string {
  const { remoteAddress, remotePort } = request.raw.socket;
  return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort ?? 0}`;
}
