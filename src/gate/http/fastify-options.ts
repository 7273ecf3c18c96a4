import type { FastifyReply, FastifyServerOptions } from 'fastify';
import { goverseError, uniqueId } from '../../core/index.js';
import { compatibleError, isCompatiblePath } from '../compatible/compatible-error.js';
import { answerBrokenRequest } from './broken-request.js';
import { HttpRefusal } from './http-refusal.js';
import { problemOf } from './problem.js';

/** A request must have arrived whole within this time. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Options of every Fastify server that is the gate's own. */
export const FASTIFY_OPTIONS: FastifyServerOptions = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  forceCloseConnections: 'idle',
  clientErrorHandler: answerBrokenRequest,
  // What Fastify refuses before any handler sees it, such as a path that is no percent-encoding.
  frameworkErrors: ({ message }, request, reply) => {
    const { status, headers, body } = isCompatiblePath(request.raw.url ?? '')
      ? compatibleError('CALL_FAILED', HttpRefusal.badRequest('INVALID_PATH', message), uniqueId())
      : problemOf(goverseError('INVALID_ARGUMENT', message), uniqueId());
    void (reply as FastifyReply).code(status).headers(headers).send(Buffer.from(body));
  },
};
