import type { FastifyRequest } from 'fastify';
import type { HandlerProtocol } from '../handler-binder.js';

/** Source: @nestjs/websockets, ws-paramtype.enum; the last one is ours. */
const [CLIENT, PAYLOAD, OPEN] = [0, 3, 100];

/**
 * Handlers of the frames of a WebSocket: (request, client, open) in a `ws` context whose client is the HTTP request that
 * was upgraded and whose data is the frame's request.
 */
export const webSocketProtocol: HandlerProtocol = {
  contextType: 'ws',
  parameters: {
    [`${PAYLOAD}:0`]: { index: 0, data: undefined, pipes: [] },
    [`${CLIENT}:1`]: { index: 1, data: undefined, pipes: [] },
    [`${OPEN}:2`]: { index: 2, data: undefined, pipes: [] },
  },
  params: {
    exchangeKeyForValue: (type, _data, args: [FastifyRequest, object, object]) =>
      type === CLIENT ? args[0] : type === PAYLOAD ? args[1] : args[2],
  },
  request: ([client, data]) => ({ client, data }),
  key: ([, , open]) => open as object,
};
