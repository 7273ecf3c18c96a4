import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';

interface Destroyable {
  destroy(): unknown;
}

/** The parts of grpc-js 1.14 that lead from a call, through its interceptors, to its HTTP/2 stream. */
interface CallInternals {
  readonly stream?: ServerHttp2Stream;
  readonly nextCall?: CallInternals;
}

/**
 * Ends a stream of a client that does not read: a status would wait behind what it has not read, and grpc-js has no public
 * way to reset a stream. With a grpc-js that is built differently it stays open until the client reads or its connection
 * ends; the gate has forgotten it.
 */
export function cutCall(call: Destroyable): void {
  let inner = (call as { call?: CallInternals }).call;
  while (inner?.nextCall) inner = inner.nextCall;
  if (inner?.stream && !inner.stream.destroyed) inner.stream.close(constants.NGHTTP2_CANCEL);
  call.destroy();
}
