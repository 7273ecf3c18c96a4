import type { Server } from 'node:http';
import type { FastifyHttpOptions, FastifyReply } from 'fastify';
import { goverseError, uniqueId } from '../../core/index.js';
import { compatibleError, isCompatiblePath } from '../compatible/compatible-error.js';
import { answerBrokenRequest } from './broken-request.js';
import { TIMEOUT_CHECK_MS } from './http-limits.js';
import { HttpRefusal } from './http-refusal.js';
import { problemOf } from './problem.js';

/** Options of every Fastify server that is the gate's own; its limits come from the config (`limitHttp`). */
export const FASTIFY_OPTIONS: FastifyHttpOptions<Server> = {
  http: { connectionsCheckingInterval: TIMEOUT_CHECK_MS },
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
