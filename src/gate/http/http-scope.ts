import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { GoverseError } from '../../core/index.js';
import { goverseError } from '../../core/index.js';
import { tellRefusal } from '../../observability/index.js';
import type { ClientErrors } from '../client-errors.js';
import { STREAM_OPENED } from '../client-streams.js';
import type { EnhancedHandler } from '../handler-binder.js';
import { HttpAnswer } from './http-answer.js';
import { exchangeOf, openExchange, pathOf } from './http-exchange.js';
import { HttpRefusal } from './http-refusal.js';
import { peerOf } from './http-source.js';
import type { OriginPolicy } from './origin-policy.js';
import type { ErrorAnswer } from './problem.js';

export interface HttpScopeParts {
  readonly errors: ClientErrors;
  readonly origins: OriginPolicy;
  /** Bodies above it are refused before they have been read, in bytes. */
  readonly bodyLimit: number;
  /** How an error that is fit for clients looks on these routes. */
  readonly errorAnswer: (error: GoverseError, traceId: string, request: FastifyRequest) => ErrorAnswer;
}

export type HttpHandler = EnhancedHandler<HttpAnswer | typeof STREAM_OPENED>;

/** What takes bodies of every type: what they hold is for the handlers to say. */
const ANY_BODY = 'application/octet-stream';

/** Routes of the gate in a scope of their own of a Fastify server: how bodies come in, and answers and errors go out. */
export class HttpScope {
  readonly everyMethod: HTTPMethods[];

  constructor(
    private readonly app: FastifyInstance,
    private readonly parts: HttpScopeParts,
  ) {
    this.everyMethod = app.supportedMethods as HTTPMethods[];
    this.takeBodiesAsTheyAre();
    app.setErrorHandler((error, _request, reply) => this.fail(reply, error));
    app.addHook('onRequest', async (request, reply) => {
      setContentTypeAside(request, reply);
      const { origin, host } = request.headers;
      reply.headers(parts.origins.headersFor(origin, host));
    });
    app.addHook('preValidation', async (request, reply) => giveContentTypeBack(request, reply));
  }

  /** Answers every method at `url` with the handler that `choose` finds; it may throw a refusal instead. */
  route(url: string, choose: (request: FastifyRequest) => HttpHandler): void {
    this.app.route({
      method: this.everyMethod,
      url,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        try {
          if (request.method === 'OPTIONS') this.preflight(request, reply);
          else await this.answer(choose(request), request, reply);
        } catch (error) {
          this.fail(reply, error);
        }
        return reply;
      },
    });
  }

  private takeBodiesAsTheyAre(): void {
    this.app.removeAllContentTypeParsers();
    const options = { parseAs: 'buffer' as const, bodyLimit: this.parts.bodyLimit };
    this.app.addContentTypeParser('*', options, (_request, body, done) => done(null, body));
  }

  private async answer(handler: HttpHandler, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const answer = await handler(request, reply);
    // A stream that is open, or a filter of the application, has the response.
    if (!(answer instanceof HttpAnswer) || isTaken(reply)) return;
    reply.code(answer.status).headers(answer.headers);
    if (answer.contentType !== undefined) reply.header('content-type', answer.contentType);
    reply.send(answer.body === undefined ? undefined : Buffer.from(answer.body));
  }

  private preflight(request: FastifyRequest, reply: FastifyReply): void {
    const { origin, host } = request.headers;
    reply.code(204).headers(this.parts.origins.preflight(origin, host)).send();
  }

  /** Every error path ends here, in one answer. */
  private fail(reply: FastifyReply, error: unknown): void {
    if (isTaken(reply)) {
      // An interceptor that fails behind an open event stream takes the stream with it.
      exchangeOf(reply).stream?.end();
      return;
    }
    const { traceId } = exchangeOf(reply);
    const facts = this.parts.errors.forClient(this.readable(error, reply), traceId);
    const { status, headers, body } = this.parts.errorAnswer(facts, traceId, reply.request);
    reply.code(status).headers(headers).send(Buffer.from(body));
  }

  /** Fastify's own refusals, in the words of the error table. */
  private readable(error: unknown, reply: FastifyReply): unknown {
    const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
    const { raw } = reply.request;
    // Node fails the body of a request whose connection broke before all of it had come.
    if (raw.destroyed && !raw.complete)
      return goverseError('CANCELLED', 'The client left before its request was whole');
    if (typeof code !== 'string' || !code.startsWith('FST_')) return error;
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      tellRefusal({ limit: 'maxPayloadBytes', protocol: 'http', peer: peerOf(reply.request) });
      return HttpRefusal.bodyTooLarge(this.parts.bodyLimit);
    }
    return statusCode !== undefined && statusCode < 500 ? HttpRefusal.unreadable(400, message ?? code) : error;
  }
}

/** Fastify reads types more strictly than a body deserves that may be empty; handlers find what was sent. */
function setContentTypeAside(request: FastifyRequest, reply: FastifyReply): void {
  const { headers } = request.raw;
  openExchange(reply).contentType = headers['content-type'];
  const length = headers['content-length'];
  const empty = headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
  if (empty) delete headers['content-type'];
  else headers['content-type'] = ANY_BODY;
}

function giveContentTypeBack(request: FastifyRequest, reply: FastifyReply): void {
  const { contentType } = exchangeOf(reply);
  if (contentType === undefined) delete request.raw.headers['content-type'];
  else request.raw.headers['content-type'] = contentType;
}

function isTaken(reply: FastifyReply): boolean {
  return reply.sent || reply.raw.headersSent;
}

/** For `route`: a handler of one method. */
export function only(method: string, handler: HttpHandler): (request: FastifyRequest) => HttpHandler {
  return (request) => {
    if (request.method === method) return handler;
    throw HttpRefusal.methodNotAllowed(request.method, pathOf(request), [method]);
  };
}

export function isAnswer(value: unknown): value is HttpAnswer {
  return value instanceof HttpAnswer;
}

export function isStreamOpened(value: unknown): value is typeof STREAM_OPENED {
  return value === STREAM_OPENED;
}
