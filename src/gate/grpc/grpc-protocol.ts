import type { HandlerProtocol } from '../handler-binder.js';

/** As Nest's own gRPC handlers: (payload, metadata, call). Source: @nestjs/microservices, rpc-paramtype.enum. */
const [PAYLOAD, CONTEXT, GRPC_CALL] = [3, 6, 9];

/** gRPC handlers: an `rpc` context whose data is the request message and whose context is the metadata. */
export const grpcProtocol: HandlerProtocol = {
  contextType: 'rpc',
  parameters: {
    [`${PAYLOAD}:0`]: { index: 0, data: undefined, pipes: [] },
    [`${CONTEXT}:1`]: { index: 1, data: undefined, pipes: [] },
    [`${GRPC_CALL}:2`]: { index: 2, data: undefined, pipes: [] },
  },
  params: {
    exchangeKeyForValue: (type, _data, args: unknown[]) => args[[PAYLOAD, CONTEXT, GRPC_CALL].indexOf(type)],
  },
  request: ([data, context]) => ({ data, context }),
  key: ([, , call]) => call as object,
};
