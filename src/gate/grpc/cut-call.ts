import { RawStream } from './raw-stream.js';

/**
 * Ends a stream of a client that does not read. Where its HTTP/2 stream cannot be got at, it stays open until the client reads
 * or its connection ends; the gate has forgotten it.
 */
export function cutCall(call: { destroy(): unknown }): void {
  RawStream.of(call)?.cut();
  call.destroy();
}
