import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readiness } from '../../observability/index.js';
import type { ClientErrors } from '../client-errors.js';
import { compatibleFace } from '../compatible/compatible-face.js';
import type { HandlerBinder } from '../handler-binder.js';
import { EventsController } from './events.controller.js';
import { addHealthRoutes } from './health-face.js';
import { pathOf } from './http-exchange.js';
import { httpProtocol } from './http-protocol.js';
import { HttpRefusal } from './http-refusal.js';
import type { HttpHandler } from './http-scope.js';
import { HttpScope, isAnswer, isStreamOpened } from './http-scope.js';
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

/** The HTTP face of a gate, on its own Fastify server or within an application's. Register it as a Fastify plugin. */
export function httpFace(parts: HttpFaceParts): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    addHealthRoutes(app, parts.readiness);
    await app.register(compatibleFace(parts));
    await app.register(async (scope) => new HttpFace(parts).addTo(scope));
  };
}

/** The routes under `/v1`. */
class HttpFace {
  private readonly call: HttpHandler;
  private readonly create: HttpHandler;
  private readonly delete: HttpHandler;
  private readonly events: HttpHandler;

  constructor(private readonly parts: HttpFaceParts) {
    this.call = parts.binder.bind(ObjectsController, 'call', httpProtocol, isAnswer);
    this.create = parts.binder.bind(ObjectsController, 'create', httpProtocol, isAnswer);
    this.delete = parts.binder.bind(ObjectsController, 'delete', httpProtocol, isAnswer);
    this.events = parts.binder.bind(EventsController, 'events', httpProtocol, isStreamOpened);
  }

  addTo(app: FastifyInstance): void {
    const { errors, origins, maxPayloadBytes: bodyLimit, unknownPaths } = this.parts;
    const scope = new HttpScope(app, { errors, origins, bodyLimit, errorAnswer: problemOf });
    scope.route(`${OBJECTS_PREFIX}*`, (request) => this.objectHandler(request));
    scope.route('/v1/events', (request) => this.eventsHandler(request));
    if (unknownPaths === 'v1') scope.route('/v1/*', refuse);
    if (unknownPaths === 'all') app.setNotFoundHandler(refuse);
  }

  private objectHandler(request: FastifyRequest): HttpHandler {
    const path = pathOf(request);
    const found = readObjectPath(path.slice(OBJECTS_PREFIX.length));
    if (!found) throw HttpRefusal.notFound(path);
    const withMethod = found.method !== undefined;
    if (withMethod && request.method === 'POST') return this.call;
    if (!withMethod && request.method === 'PUT') return this.create;
    if (!withMethod && request.method === 'DELETE') return this.delete;
    throw HttpRefusal.methodNotAllowed(request.method, path, withMethod ? ['POST'] : ['PUT', 'DELETE']);
  }

  private eventsHandler(request: FastifyRequest): HttpHandler {
    if (request.method === 'GET') return this.events;
    throw HttpRefusal.methodNotAllowed(request.method, pathOf(request), ['GET']);
  }
}

function refuse(request: FastifyRequest): never {
  throw HttpRefusal.notFound(pathOf(request));
}
