import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallVerb, GoverseError } from '../../core/index.js';
import type { HttpFaceParts } from '../http/http-face.js';
import { pathOf } from '../http/http-exchange.js';
import { httpProtocol } from '../http/http-protocol.js';
import { HttpRefusal } from '../http/http-refusal.js';
import { HttpScope, isAnswer, isStreamOpened, only } from '../http/http-scope.js';
import type { ErrorAnswer } from '../http/problem.js';
import { CompatibleEventsController } from './compatible-events.controller.js';
import { compatibleError } from './compatible-error.js';
import { COMPATIBLE_PREFIXES, CompatibleObjectsController } from './compatible-objects.controller.js';

/** Room for the JSON around the base64 text. */
const BODY_OVERHEAD_BYTES = 4096;

/** The routes under `/api/v1`, for clients that were written for GoVerse. Register it as a Fastify plugin. */
export function compatibleFace(parts: HttpFaceParts): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    const { binder, errors, origins, maxPayloadBytes, unknownPaths } = parts;
    const bodyLimit = Math.ceil(maxPayloadBytes / 3) * 4 + BODY_OVERHEAD_BYTES;
    const scope = new HttpScope(app, { errors, origins, bodyLimit, errorAnswer });
    for (const verb of VERBS) {
      const handler = binder.bind(CompatibleObjectsController, verb, httpProtocol, isAnswer);
      scope.route(`${COMPATIBLE_PREFIXES[verb]}*`, only('POST', handler));
    }
    const events = binder.bind(CompatibleEventsController, 'events', httpProtocol, isStreamOpened);
    scope.route('/api/v1/events/stream', only('GET', events));
    if (unknownPaths === 'all') {
      scope.route('/api/v1/*', (request) => {
        throw HttpRefusal.notFound(pathOf(request), 'INVALID_PATH');
      });
    }
  };
}

const VERBS = Object.keys(COMPATIBLE_PREFIXES) as CallVerb[];
const FAILURES = { call: 'CALL_FAILED', create: 'CREATE_FAILED', delete: 'DELETE_FAILED' } as const;

function errorAnswer(error: GoverseError, traceId: string, request: FastifyRequest): ErrorAnswer {
  const path = pathOf(request);
  const verb = VERBS.find((each) => path.startsWith(COMPATIBLE_PREFIXES[each])) ?? 'call';
  return compatibleError(FAILURES[verb], error, traceId);
}
