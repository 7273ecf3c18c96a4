import { createHash, timingSafeEqual } from 'node:crypto';
import { goverseError } from '../core/index.js';
import type { ClientProxy } from './client-proxy.js';
import type { ClientRegistry } from './client-registry.js';
import type { ClientSource } from './client-request.js';

/**
 * Decides whether a request may speak for the client it names: it comes over the gRPC connection that registered the
 * client, or carries the client's token. Knowing somebody's id gives nothing (wire.md, "Client ids").
 */
export class ClientBinding {
  constructor(
    private readonly registry: ClientRegistry,
    /** `token`: behind a proxy that shares connections the peer proves nothing. */
    private readonly mode: 'peer' | 'token',
  ) {}

  /** The client a request comes from, or undefined if it names none. Throws `CLIENT_ID_NOT_YOURS`. */
  resolve(source: ClientSource): ClientProxy | undefined {
    const { clientId } = source;
    if (clientId === undefined || clientId === '' || clientId === source.client?.id) return source.client;
    const client = this.registry.find(clientId);
    const known = client && this.registry.expects(client);
    if (known && (this.samePeer(client, source) || sameToken(client, source))) return client;
    // One answer for unknown and foreign ids: it must not tell whether a client exists.
    throw goverseError(
      'CLIENT_ID_NOT_YOURS',
      `The client id ${JSON.stringify(clientId.slice(0, 300))} does not belong to this connection; ` +
        'call over the connection that registered it or send its token (x-client-token)',
    );
  }

  private samePeer(client: ClientProxy, source: ClientSource): boolean {
    // Once a connection has broken, its address may be somebody else's.
    if (this.mode !== 'peer' || !client.connected) return false;
    const [registered, calling] = [client.connection, source.connection];
    if (registered.protocol !== 'grpc' || calling.protocol !== 'grpc') return false;
    return HAS_PORT.test(calling.peer) && registered.peer === calling.peer;
  }
}

/** Without a port (Unix sockets, a closed connection) a peer is not one connection. */
const HAS_PORT = /:\d+$/;

function sameToken(client: ClientProxy, source: ClientSource): boolean {
  if (source.clientToken === undefined || source.clientToken === '') return false;
  return timingSafeEqual(digest(client.token), digest(source.clientToken));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
