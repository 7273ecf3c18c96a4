import type { Type } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readiness } from '../../observability/index.js';
import { compatibleFace } from '../compatible/compatible-face.js';
import { OpenApiController } from '../openapi/openapi.controller.js';
import { EventsController } from './events.controller.js';
import { addHealthRoutes } from './health-face.js';
import { pathOf } from './http-exchange.js';
import { httpProtocol } from './http-protocol.js';
import { HttpRefusal } from './http-refusal.js';
import type { HttpHandler } from './http-scope.js';
import { HttpScope, isAnswer, isStreamOpened, only } from './http-scope.js';
import { OBJECTS_PREFIX, ObjectsController } from './objects.controller.js';
import { readObjectPath } from './object-path.js';
import { CONNECT_ROUTE, WebSocketFace } from '../websocket/websocket-face.js';
import type { WebSocketParts } from '../websocket/websocket-face.js';
import type { OriginPolicy } from './origin-policy.js';
import { problemOf } from './problem.js';

export interface HttpFaceParts extends WebSocketParts {
  readonly origins: OriginPolicy;
  readonly readiness: () => Readiness;
  /** Serves `/v1/openapi.json` and `/v1/docs`. */
  readonly openApi: boolean;
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

  constructor(private readonly parts: HttpFaceParts) {
    this.call = this.answering(ObjectsController, 'call');
    this.create = this.answering(ObjectsController, 'create');
    this.delete = this.answering(ObjectsController, 'delete');
  }

  addTo(app: FastifyInstance): void {
    const { binder, errors, origins, maxPayloadBytes: bodyLimit, unknownPaths, openApi } = this.parts;
    const scope = new HttpScope(app, { errors, origins, bodyLimit, errorAnswer: problemOf });
    const events = binder.bind(EventsController, 'events', httpProtocol, isStreamOpened);
    scope.route(`${OBJECTS_PREFIX}*`, (request) => this.objectHandler(request));
    scope.route('/v1/events', only('GET', events));
    if (openApi) {
      scope.route('/v1/openapi.json', only('GET', this.answering(OpenApiController, 'document')));
      scope.route('/v1/docs', only('GET', this.answering(OpenApiController, 'page')));
    }
    const webSockets = new WebSocketFace(this.parts, app);
    scope.route(CONNECT_ROUTE, (request) => webSockets.handlerFor(request));
    if (unknownPaths === 'v1') scope.route('/v1/*', refuse);
    if (unknownPaths === 'all') app.setNotFoundHandler(refuse);
  }

  private answering<C extends object>(controller: Type<C>, method: Extract<keyof C, string>): HttpHandler {
    return this.parts.binder.bind(controller, method, httpProtocol, isAnswer);
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
}

function refuse(request: FastifyRequest): never {
  throw HttpRefusal.notFound(pathOf(request));
}
