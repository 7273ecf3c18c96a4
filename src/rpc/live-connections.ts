import { constants } from 'node:http2';
import type { Http2Session } from 'node:http2';

interface Connection {
  readonly session: Http2Session;
  /** The other end said that it closes it. */
  closedInOrder: boolean;
}

/** The connections of a gRPC server, by the address of their other end as grpc-js tells it. */
export class LiveConnections {
  private readonly connections = new Map<string, Connection>();

  /** Follows a connection that has just been taken. */
  add(session: Http2Session): void {
    const { remoteAddress, remotePort } = session.socket;
    if (remoteAddress === undefined || remotePort === undefined) return;
    const peer = `${remoteAddress}:${remotePort}`;
    const connection: Connection = { session, closedInOrder: false };
    this.connections.set(peer, connection);
    session.once('goaway', (code) => (connection.closedInOrder = code === constants.NGHTTP2_NO_ERROR));
    const forget = () => {
      if (this.connections.get(peer) === connection) this.connections.delete(peer);
    };
    // Its streams are told of their end in the same turn of the event loop.
    session.once('close', () => setImmediate(forget));
  }

  /** A stream of this connection that ends now was ended by its client, not by the loss of the connection. */
  endsInOrder(peer: string): boolean {
    const connection = this.connections.get(peer);
    return connection !== undefined && (connection.closedInOrder || !connection.session.destroyed);
  }
}
