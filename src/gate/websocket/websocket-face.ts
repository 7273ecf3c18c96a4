import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Duplex } from 'node:stream';
import { systemClock } from '../../core/index.js';
import { tellRefusal } from '../../observability/index.js';
import { FAREWELL, STREAM_OPENED } from '../client-streams.js';
import type { BoundFrames } from '../connect/bind-frames.js';
import { bindFrames } from '../connect/bind-frames.js';
import { FrameExchange } from '../connect/frame-exchange.js';
import type { FrameExchangeParts } from '../connect/frame-exchange.js';
import type { HandlerBinder } from '../handler-binder.js';
import { Heartbeats } from '../http/heartbeats.js';
import { pathOf } from '../http/http-exchange.js';
import { httpProtocol } from '../http/http-protocol.js';
import { HttpRefusal } from '../http/http-refusal.js';
import type { HttpHandler } from '../http/http-scope.js';
import { httpSource } from '../http/http-source.js';
import { jsonFormOf } from './json-form.js';
import { readJsonFrame } from './read-json-frame.js';
import { WebSocketCarrier } from './websocket-carrier.js';
import { webSocketProtocol } from './websocket-protocol.js';
import { WebSocketUpgrades } from './websocket-upgrades.js';
import { WebSocketController } from './websocket.controller.js';

/** Where WebSockets are opened. */
export const CONNECT_ROUTE = '/v1/connect';

/**
 * How a client says good-bye: done, the page was left, or no code given. 1006, no close frame at all, is a connection that
 * broke. Source: RFC 6455, 7.4.1.
 */
const FAREWELL_CODES: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** Code of the error with which `ws` refuses a message. */
const MESSAGE_TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

export type WebSocketParts = Pick<FrameExchangeParts, 'errors' | 'exchanges' | 'maxPayloadBytes'> & {
  readonly binder: HandlerBinder;
};

/** `GET /v1/connect`: an exchange of frames on each WebSocket (wire.md, "WebSocket"). */
export class WebSocketFace {
  private readonly bound: BoundFrames;
  private readonly upgrades: WebSocketUpgrades;
  private readonly heartbeats = new Heartbeats(systemClock);

  constructor(
    private readonly parts: WebSocketParts,
    app: FastifyInstance,
  ) {
    this.bound = bindFrames(parts.binder, WebSocketController, { stream: httpProtocol, frames: webSocketProtocol });
    this.upgrades = new WebSocketUpgrades(app, CONNECT_ROUTE, parts.maxPayloadBytes);
    this.upgrades.listen();
  }

  /** The handler of a request at the route. Throws the refusal of what is no upgrade. */
  handlerFor(request: FastifyRequest): HttpHandler {
    if (request.method !== 'GET') throw HttpRefusal.methodNotAllowed(request.method, pathOf(request), ['GET']);
    if (!this.upgrades.has(request.raw)) throw HttpRefusal.upgradeRequired('websocket');
    return async (...args) => {
      this.parts.exchanges.assertOpen();
      await this.bound.connect(...args);
      this.open(request, args[1] as FastifyReply);
      return STREAM_OPENED;
    };
  }

  private open(request: FastifyRequest, reply: FastifyReply): void {
    // What an interceptor or a filter of the application has answered is the answer.
    if (reply.sent || reply.raw.headersSent) return;
    reply.hijack();
    this.upgrades.accept(request.raw, (webSocket, socket) => this.exchangeFrames(request, webSocket, socket));
  }

  private exchangeFrames(request: FastifyRequest, webSocket: WebSocket, socket: Duplex): void {
    const form = jsonFormOf(webSocket.protocol);
    const closed = new AbortController();
    const source = httpSource(request, 'websocket');
    const carrier = new WebSocketCarrier(webSocket, socket, () => exchange.drained());
    const exchange = new FrameExchange({
      ...this.parts,
      carrier,
      handlers: this.bound.handlers((frame, open) => [request, frame, open]),
      source,
    });
    webSocket.on('message', (data: Buffer, isBinary) => {
      carrier.alive();
      if (isBinary)
        exchange.receive({ kind: 'unreadable', seq: 0, why: 'A binary message is no frame; send JSON text' });
      else exchange.receive(readJsonFrame(data.toString(), form));
    });
    webSocket.on('pong', () => carrier.alive());
    // `ws` closes with the code that fits; the close below follows.
    webSocket.on('error', ({ code }: Error & { code?: string }) => {
      if (code === MESSAGE_TOO_LARGE) tellRefusal({ limit: 'maxPayloadBytes', ...source.connection });
    });
    webSocket.on('close', (code) => {
      closed.abort();
      exchange.closed(FAREWELL_CODES.has(code) ? FAREWELL : undefined);
    });
    this.heartbeats.beat(carrier, closed.signal);
  }
}
