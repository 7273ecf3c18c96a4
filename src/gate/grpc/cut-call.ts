import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';

interface Destroyable {
  destroy(): unknown;
}

/** The parts of grpc-js 1.14 that lead from a call to its HTTP/2 stream; there is no public way to reset one. */
interface CallInternals {
  call?: { stream?: ServerHttp2Stream; nextCall?: { stream?: ServerHttp2Stream } };
}

/**
 * Ends a stream of a client that does not read: a status would wait behind what it has not read. With a grpc-js that is
 * built differently the stream stays open until the client reads or its connection ends; the gate has forgotten it.
 */
export function cutCall(call: Destroyable): void {
  const { call: inner } = call as CallInternals;
  const stream = inner?.stream ?? inner?.nextCall?.stream;
  if (stream && !stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
  call.destroy();
}
