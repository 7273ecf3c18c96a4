import type { FastifyReply, FastifyRequest } from 'fastify';
import { LazySignal, goverseError, uniqueId } from '../../core/index.js';
import type { EventOutlet } from './event-outlet.js';

/** What the gate knows of one HTTP request before any handler runs. */
export interface HttpExchange {
  readonly reply: FastifyReply;
  /** Call id and trace id. */
  readonly traceId: string;
  /** Aborted when the answer is complete (nobody listens then any more) or its connection has closed before. */
  readonly cancellation: LazySignal;
  /** The open event stream that the response has become. */
  stream: EventOutlet | undefined;
  /** `Content-Type` as it was sent. */
  contentType: string | undefined;
}

/** One for all requests: most are complete when their connection closes, and nobody looks at it. */
const CLIENT_GONE = goverseError('CANCELLED', 'The client closed the connection');

const EXCHANGE = Symbol('goverse http exchange');

type WatchedReply = FastifyReply & { [EXCHANGE]?: HttpExchange };

/** Begins to watch a request; in the tick in which it arrives, so that no early end is missed. */
export function openExchange(reply: WatchedReply): HttpExchange {
  const exchange: HttpExchange = {
    reply,
    traceId: uniqueId(),
    cancellation: new LazySignal(),
    stream: undefined,
    contentType: undefined,
  };
  abortOnClose(reply.raw, exchange.cancellation);
  reply[EXCHANGE] = exchange;
  return exchange;
}

/** Cancels when the client has gone, or has got everything. */
export function abortOnClose(outlet: Pick<EventOutlet, 'on'>, cancellation: LazySignal): void {
  outlet.on('close', () => cancellation.abort(CLIENT_GONE));
}

export function exchangeOf(reply: WatchedReply): HttpExchange {
  return reply[EXCHANGE] ?? openExchange(reply);
}

/** What a request for a proxy has before its path. Source: RFC 9112, 3.2.2: every server must take it. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?]*/i;

/** The path as it was sent, without the query. */
export function pathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '').replace(ABSOLUTE_FORM, '').split('?', 1)[0] ?? '';
}
