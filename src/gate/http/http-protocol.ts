import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HandlerProtocol } from '../handler-binder.js';
import { exchangeOf } from './http-exchange.js';

/** Source: @nestjs/common, route-paramtypes.enum. */
const [REQUEST, RESPONSE, BODY] = [0, 1, 3];

/**
 * HTTP handlers: (body, request, exchange) with an `http` context of (request, reply). The reply itself is no parameter:
 * it is thenable, and Nest would wait for it.
 */
export const httpProtocol: HandlerProtocol = {
  contextType: 'http',
  parameters: {
    [`${BODY}:0`]: { index: 0, data: undefined, pipes: [] },
    [`${REQUEST}:1`]: { index: 1, data: undefined, pipes: [] },
    [`${RESPONSE}:2`]: { index: 2, data: undefined, pipes: [] },
  },
  params: {
    exchangeKeyForValue: (type, _data, [request, reply]: [FastifyRequest, FastifyReply]) =>
      type === BODY ? request.body : type === REQUEST ? request : exchangeOf(reply),
  },
  request: ([request]) => request as object,
  key: ([, reply]) => exchangeOf(reply as FastifyReply),
};
