import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { GoverseError } from '../../core/index.js';
import { goverseError } from '../../core/index.js';
import { payloadTooLarge } from '../client-call-policy.js';
import type { ClientErrors } from '../client-errors.js';
import { STREAM_OPENED } from '../client-streams.js';
import type { EnhancedHandler, HandlerBinder } from '../handler-binder.js';
import type { Readiness } from '../../observability/index.js';
import { EventsController } from './events.controller.js';
import { addHealthRoutes } from './health-face.js';
import { HttpAnswer } from './http-answer.js';
import { exchangeOf, openExchange, pathOf } from './http-exchange.js';
import { httpProtocol } from './http-protocol.js';
import { HttpRefusal } from './http-refusal.js';
import { OBJECTS_PREFIX, ObjectsController } from './objects.controller.js';
import { readObjectPath } from './object-path.js';
import type { OriginPolicy } from './origin-policy.js';
import { problemOf } from './problem.js';

export interface HttpFaceParts {
  readonly binder: HandlerBinder;
  readonly errors: ClientErrors;
  readonly origins: OriginPolicy;
  readonly readiness: () => Readiness;
  readonly maxPayloadBytes: number;
  /** Which unknown paths are the gate's to answer: all of its own server, `/v1/` of a gate process, none of a user's application. */
  readonly unknownPaths: 'all' | 'v1' | 'none';
}

type Handler = EnhancedHandler<HttpAnswer | typeof STREAM_OPENED>;

/** The HTTP face of a gate, on its own Fastify server or within an application's. Register it as a Fastify plugin. */
export function httpFace(parts: HttpFaceParts): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    addHealthRoutes(app, parts.readiness);
    await app.register(async (scope) => new HttpFace(parts).addTo(scope));
  };
}

class HttpFace {
  private readonly call: Handler;
  private readonly create: Handler;
  private readonly delete: Handler;
  private readonly events: Handler;

  constructor(private readonly parts: HttpFaceParts) {
    this.call = parts.binder.bind(ObjectsController, 'call', httpProtocol, isAnswer);
    this.create = parts.binder.bind(ObjectsController, 'create', httpProtocol, isAnswer);
    this.delete = parts.binder.bind(ObjectsController, 'delete', httpProtocol, isAnswer);
    this.events = parts.binder.bind(EventsController, 'events', httpProtocol, isStreamOpened);
  }

  addTo(app: FastifyInstance): void {
    this.takeBodiesAsTheyAre(app);
    app.setErrorHandler((error, _request, reply) => this.fail(reply, error));
    app.addHook('onRequest', async (request, reply) => {
      openExchange(reply);
      forgetTypeOfEmptyBody(request);
      const { origin, host } = request.headers;
      reply.headers(this.parts.origins.headersFor(origin, host));
    });
    const method = app.supportedMethods as HTTPMethods[];
    const objects = (request: FastifyRequest, reply: FastifyReply) =>
      this.answer(this.objectHandler(request), request, reply);
    app.route({ method, url: `${OBJECTS_PREFIX}*`, handler: this.handling(objects) });
    const events = (request: FastifyRequest, reply: FastifyReply) =>
      this.answer(this.eventsHandler(request), request, reply);
    app.route({ method, url: '/v1/events', handler: this.handling(events), exposeHeadRoute: false });
    this.answerUnknownPaths(app);
  }

  /** Payloads are opaque to a gate; what is too large is refused before it has been read. */
  private takeBodiesAsTheyAre(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    const options = { parseAs: 'buffer' as const, bodyLimit: this.parts.maxPayloadBytes };
    app.addContentTypeParser('*', options, (_request, body, done) => done(null, body));
  }

  private answerUnknownPaths(app: FastifyInstance): void {
    const unknown = (request: FastifyRequest) => {
      throw HttpRefusal.notFound(pathOf(request));
    };
    if (this.parts.unknownPaths === 'all') app.setNotFoundHandler(unknown);
    if (this.parts.unknownPaths === 'v1') {
      const method = app.supportedMethods as HTTPMethods[];
      app.route({ method, url: '/v1/*', handler: unknown, exposeHeadRoute: false });
    }
  }

  /** Preflights are answered alike everywhere; every other error path ends in one problem document. */
  private handling(handler: (request: FastifyRequest, reply: FastifyReply) => Promise<void>) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      try {
        if (request.method === 'OPTIONS') this.preflight(request, reply);
        else await handler(request, reply);
      } catch (error) {
        this.fail(reply, error);
      }
      return reply;
    };
  }

  private objectHandler(request: FastifyRequest): Handler {
    const path = pathOf(request);
    const found = readObjectPath(path.slice(OBJECTS_PREFIX.length));
    if (!found) throw HttpRefusal.notFound(path);
    const withMethod = found.method !== undefined;
    if (withMethod && request.method === 'POST') return this.call;
    if (!withMethod && request.method === 'PUT') return this.create;
    if (!withMethod && request.method === 'DELETE') return this.delete;
    throw HttpRefusal.methodNotAllowed(request.method, path, withMethod ? ['POST'] : ['PUT', 'DELETE']);
  }

  private eventsHandler(request: FastifyRequest): Handler {
    if (request.method === 'GET') return this.events;
    throw HttpRefusal.methodNotAllowed(request.method, pathOf(request), ['GET']);
  }

  private async answer(handler: Handler, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const answer = await handler(request, reply);
    // A stream that is open, or a filter of the application, has the response.
    if (!(answer instanceof HttpAnswer) || isTaken(reply)) return;
    reply.code(answer.status);
    if (answer.contentType !== undefined) reply.header('content-type', answer.contentType);
    reply.send(answer.body === undefined ? undefined : Buffer.from(answer.body));
  }

  private preflight(request: FastifyRequest, reply: FastifyReply): void {
    const { origin, host } = request.headers;
    reply.code(204).headers(this.parts.origins.preflight(origin, host)).send();
  }

  private fail(reply: FastifyReply, error: unknown): void {
    if (isTaken(reply)) {
      // An interceptor that fails behind an open event stream takes the stream with it.
      if (exchangeOf(reply).streaming) reply.raw.end();
      return;
    }
    const { traceId } = exchangeOf(reply);
    const { status, headers, body } = problemOf(
      this.parts.errors.forClient(this.readable(error, reply), traceId),
      traceId,
    );
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
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return payloadTooLarge('The body', this.parts.maxPayloadBytes);
    if (statusCode === 415) return HttpRefusal.unsupportedMediaType(reply.request.headers['content-type']);
    return statusCode !== undefined && statusCode < 500 ? invalidRequest(message ?? code) : error;
  }
}

function invalidRequest(message: string): GoverseError {
  return goverseError('INVALID_ARGUMENT', message);
}

/** An empty body is no argument whatever its type says, even one that Fastify would refuse. */
function forgetTypeOfEmptyBody({ raw: { headers } }: FastifyRequest): void {
  const length = headers['content-length'];
  const empty = headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
  if (empty) delete headers['content-type'];
}

function isTaken(reply: FastifyReply): boolean {
  return reply.sent || reply.raw.headersSent;
}

function isAnswer(value: unknown): value is HttpAnswer {
  return value instanceof HttpAnswer;
}

function isStreamOpened(value: unknown): value is typeof STREAM_OPENED {
  return value === STREAM_OPENED;
}
