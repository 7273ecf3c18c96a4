import type { handleUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { GRPC_CODES } from '../../core/index.js';
import { EtcdError } from './etcd-error.js';

/** A gRPC handler around a synchronous function. Whatever it throws becomes one status; nothing escapes. */
export function unary<Request>(answer: (request: Request) => object): handleUnaryCall<Request, object> {
  return (call, callback) => {
    let response: object;
    try {
      response = answer(call.request);
    } catch (error) {
      refuse(callback, error);
      return;
    }
    callback(null, response);
  };
}

function refuse(callback: sendUnaryData<object>, error: unknown): void {
  const code = error instanceof EtcdError ? error.code : 'INTERNAL';
  callback({ code: GRPC_CODES[code], details: error instanceof Error ? error.message : String(error) });
}
