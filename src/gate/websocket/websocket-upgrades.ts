import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import type { ServerOptions, WebSocket } from 'ws';
import { answerBrokenRequest } from '../http/broken-request.js';
import { serveWithoutUpgrade } from '../http/serve-without-upgrade.js';
import { chooseSubprotocol } from './json-form.js';

/** What a message may have above the largest payload in base64, in bytes. */
const MESSAGE_OVERHEAD_BYTES = 64 * 1024;

/** How long the other side may take to answer a close, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

interface Upgrade {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly head: Buffer;
}

/**
 * Brings requests for an upgrade at one path to the Fastify server like any other request, so that hooks, origins and
 * guards see them, and makes WebSockets of those that are accepted.
 */
export class WebSocketUpgrades {
  private readonly upgrades = new WeakMap<IncomingMessage, Upgrade>();
  private readonly sockets: WebSocketServer;

  constructor(
    private readonly app: FastifyInstance,
    private readonly path: string,
    maxPayloadBytes: number,
  ) {
    // The types do not know `closeTimeout` yet.
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      // A few bytes could unfold to megabytes.
      perMessageDeflate: false,
      maxPayload: Math.ceil((maxPayloadBytes * 4) / 3) + MESSAGE_OVERHEAD_BYTES,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: chooseSubprotocol,
    };
    this.sockets = new WebSocketServer(options);
    this.sockets.on('wsClientError', (error, socket) => answerBrokenRequest(error, socket as Socket));
  }

  listen(): void {
    const { server } = this.app;
    const upgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => this.begin(request, socket, head);
    server.on('upgrade', upgrade);
    this.app.addHook('onClose', async () => void server.off('upgrade', upgrade));
  }

  /** True for a request that `accept` takes. */
  has(request: IncomingMessage): boolean {
    return this.upgrades.has(request);
  }

  /** Answers the upgrade; `opened` is called in the same tick, or never if the handshake is broken. */
  accept(request: IncomingMessage, opened: (webSocket: WebSocket, socket: Socket) => void): void {
    const { response, socket, head } = this.upgrades.get(request) as Upgrade;
    response.detachSocket(socket);
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => opened(webSocket, socket));
  }

  private begin(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { server } = this.app;
    const isOurs = (request.url ?? '').split('?', 1)[0] === this.path && isWebSocket(request);
    if (!isOurs) {
      // The server of an application may have other listeners, whose business it is.
      if (server.listenerCount('upgrade') === 1) serveWithoutUpgrade(server, request, socket, head);
      return;
    }
    // Node has taken its own listener away; a connection that breaks now must not end the process.
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => socket.destroySoon());
    this.upgrades.set(request, { response, socket, head });
    this.app.routing(request, response);
  }
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
