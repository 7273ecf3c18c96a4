import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { ConnectionsPerIp } from '../limits/connections-per-ip.js';
import { refuseConnection } from './broken-request.js';
import { ChunkedSocket } from './chunked-socket.js';
import type { EventOutlet } from './event-outlet.js';
import { HttpListeners } from './http-listeners.js';
import type { TlsMaterial } from '../../config/index.js';

/** How long a client may take for its part of a handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Under this name the handlers of requests find them in their Fastify instance. */
const CONNECTIONS = 'goverseConnections';

type TakeSocket = (socket: Socket) => void;

interface Connection {
  /** Requests that have not been answered. */
  requests: number;
  /** Undefined when the connection has outlived HTTP. */
  http: HttpListeners | undefined;
}

/**
 * The connections of an HTTP server, so that it can close without delay: Node's own `closeIdleConnections` leaves those
 * that have not carried a request yet, which browsers and pools open in advance.
 */
export class HttpConnections {
  private readonly running = new Map<Socket, Connection>();
  /** Below TLS. */
  private readonly raw = new Set<Socket>();
  private ending = false;
  private secured = false;

  private readonly server: Server;

  constructor(app: FastifyInstance) {
    app.decorate(CONNECTIONS, { getter: (): HttpConnections => this });
    const { server } = app;
    this.server = server;
    this.inFront((take) => (socket) => this.opened(socket, take));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.count(request.socket, 1);
      response.once('close', () => this.count(request.socket, -1));
    });
  }

  /**
   * Puts TLS in front of the server, before it listens. Its certificates are known only when the application has been
   * made, with its HTTP server in it, so that the server cannot be one of `node:https`; this is how those are built.
   * Source: https://nodejs.org/api/http.html#event-connection, https://nodejs.org/api/tls.html#event-connection
   */
  secure({ cert, key, ca }: TlsMaterial): void {
    const options = {
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      cert,
      key,
      ...(ca && { ca, requestCert: true, rejectUnauthorized: true }),
    };
    this.secured = true;
    this.inFront((take) => {
      const front = createTlsServer(options, take);
      front.on('tlsClientError', (_error, socket) => socket.destroy());
      return (socket) => {
        this.raw.add(socket);
        socket.once('close', () => this.raw.delete(socket));
        // What breaks before TLS has taken over ends that connection and nothing else.
        socket.on('error', () => socket.destroy());
        front.emit('connection', socket);
      };
    });
  }

  /** Takes no more than so many connections from one address; the last to be put in front of the server. */
  limit(connections: ConnectionsPerIp): void {
    if (connections.limit === Infinity) return;
    this.inFront((take) => (socket) => {
      const { remoteAddress } = socket;
      if (!connections.enter(remoteAddress, 'http')) {
        refuseConnection(socket, !this.secured);
        return;
      }
      socket.once('close', () => connections.left(remoteAddress));
      take(socket);
    });
  }

  /**
   * Lets a connection outlive its response, whose head has been written: the socket goes on with the body, and all that Node
   * keeps for a request and its answer, several times the cost of the connection, is free. Undefined if that cannot be, because
   * the request has not been read to its end, or others wait behind it: then the response must be written.
   */
  outlive(response: ServerResponse): EventOutlet | undefined {
    const { socket, req: request } = response;
    if (!socket?.writable) return undefined;
    const connection = this.running.get(socket);
    if (!connection?.http || connection.requests !== 1) return undefined;
    if (!request.readableEnded || !response.chunkedEncoding) return undefined;
    response.detachSocket(socket);
    connection.http.close();
    connection.http = undefined;
    return new ChunkedSocket(socket, this.server.keepAliveTimeout);
  }

  /** Puts something between new connections and the server; what it lets through it hands on to `take`. */
  private inFront(build: (take: TakeSocket) => TakeSocket): void {
    const { server } = this;
    const begin = server.listeners('connection') as TakeSocket[];
    server.removeAllListeners('connection');
    const take = (socket: Socket) => {
      for (const listener of begin) listener.call(server, socket);
    };
    server.on('connection', build(take));
  }

  /** Closes what carries no request, now and as soon as it has none left; new connections at once. */
  end(): void {
    this.ending = true;
    for (const [socket, { requests }] of this.running) if (requests === 0) socket.destroySoon();
  }

  /** Cuts everything. */
  cut(): void {
    this.server.closeAllConnections();
    for (const socket of [...this.running.keys(), ...this.raw]) socket.destroy();
  }

  private opened(socket: Socket, take: TakeSocket): void {
    if (this.ending) {
      socket.destroy();
      return;
    }
    this.running.set(socket, { requests: 0, http: new HttpListeners(socket, take) });
    socket.once('close', () => this.running.delete(socket));
  }

  private count(socket: Socket, change: number): void {
    const connection = this.running.get(socket);
    if (!connection) return;
    connection.requests += change;
    if (this.ending && connection.requests === 0) socket.destroySoon();
  }
}

/** Undefined on the server of an application that is not a gate process. */
export function connectionsOf(app: FastifyInstance): HttpConnections | undefined {
  return app.hasDecorator(CONNECTIONS) ? app.getDecorator<HttpConnections>(CONNECTIONS) : undefined;
}
