import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of an HTTP server, so that it can close without delay: Node's own `closeIdleConnections` leaves those
 * that have not carried a request yet, which browsers and pools open in advance.
 */
export class HttpConnections {
  private readonly running = new Map<Socket, number>();
  private ending = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => this.opened(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.count(request.socket, 1);
      response.once('close', () => this.count(request.socket, -1));
    });
  }

  /** Closes what carries no request, now and as soon as it has none left; new connections at once. */
  end(): void {
    this.ending = true;
    for (const [socket, requests] of this.running) if (requests === 0) socket.destroySoon();
  }

  /** Cuts everything. */
  cut(): void {
    this.server.closeAllConnections();
    for (const socket of this.running.keys()) socket.destroy();
  }

  private opened(socket: Socket): void {
    if (this.ending) {
      socket.destroy();
      return;
    }
    this.running.set(socket, 0);
    socket.once('close', () => this.running.delete(socket));
  }

  private count(socket: Socket, change: number): void {
    const requests = (this.running.get(socket) ?? 0) + change;
    if (this.running.has(socket)) this.running.set(socket, requests);
    if (this.ending && requests === 0) socket.destroySoon();
  }
}
