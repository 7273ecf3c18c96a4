import type { FastifyReply, FastifyServerOptions } from 'fastify';
import { goverseError, uniqueId } from '../../core/index.js';
import { answerBrokenRequest } from './broken-request.js';
import { problemOf } from './problem.js';

/** A request must have arrived whole within this time. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Options of every Fastify server that is the gate's own. */
export const FASTIFY_OPTIONS: FastifyServerOptions = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  forceCloseConnections: 'idle',
  clientErrorHandler: answerBrokenRequest,
  // What Fastify refuses before any handler sees it, such as a path that is no percent-encoding.
  frameworkErrors: (error, _request, reply) => {
    const problem = problemOf(goverseError('INVALID_ARGUMENT', error.message), uniqueId());
    void (reply as FastifyReply).code(problem.status).headers(problem.headers).send(Buffer.from(problem.body));
  },
};
