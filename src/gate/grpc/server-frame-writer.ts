import type { GoverseError } from '../../core/index.js';
import { isRetryableReason } from '../../core/index.js';
import { WireWriter, retryAfterMs } from '../../rpc/index.js';
import { detailsJson } from '../connect/error-details.js';
import type { FrameResult, ServerFrame } from '../connect/server-frame.js';
import type { QueuedPush } from '../push-sink.js';

/** In front of each message of a gRPC stream: whether it is compressed, and its length in four bytes. */
export const MESSAGE_HEAD_BYTES = 5;

/** Writes frames of `Connect` streams (`goverse.client.ServerFrame` of proto/client.proto) by hand. */
export class ServerFrameWriter {
  private readonly writer = new WireWriter();

  /** A frame as a message of its stream, with its head. Its bytes lie in one buffer with those of others. */
  write(frame: ServerFrame): Buffer {
    const writer = this.writer.reset(MESSAGE_HEAD_BYTES);
    if ('seq' in frame) writer.number(1, frame.seq);
    if ('result' in frame) writeResult(writer, frame.result);
    else if ('push' in frame) writePush(writer, frame.push);
    else if ('error' in frame) writeError(writer, frame.error);
    else if ('registered' in frame) writeRegistered(writer, frame.registered);
    else if ('goingAway' in frame) {
      const begin = writer.open(6);
      writer.number(1, frame.goingAway.reconnectAfterMs);
      writer.close(begin);
    } else writer.close(writer.open(7));
    const message = writer.finish();
    message[0] = 0;
    message.writeUInt32BE(message.length - MESSAGE_HEAD_BYTES, 1);
    return message;
  }
}

function writeResult(writer: WireWriter, { payload, objectId, created }: FrameResult): void {
  const begin = writer.open(3);
  if (payload) writer.bytes(1, payload);
  writer.text(2, objectId);
  writer.flag(3, created);
  writer.close(begin);
}

function writePush(writer: WireWriter, { seq, message }: QueuedPush): void {
  const begin = writer.open(5);
  writer.number(1, seq);
  writer.message(2, message.any);
  writer.close(begin);
}

function writeError(writer: WireWriter, error: GoverseError): void {
  const begin = writer.open(4);
  writer.text(1, error.reason);
  writer.number(2, error.grpcCode);
  writer.text(3, error.message);
  writer.text(4, detailsJson(error));
  // Details are the application's: any number may stand there.
  writer.number(5, (retryAfterMs(error) ?? 0) >>> 0);
  // An optional field: also if it says no.
  if (error.retryable !== isRetryableReason(error.reason)) writer.optional(6, error.retryable ? 1 : 0);
  writer.close(begin);
}

function writeRegistered(
  writer: WireWriter,
  { clientId, token, resumed }: { clientId: string; token: string; resumed: boolean },
): void {
  const begin = writer.open(2);
  writer.text(1, clientId);
  writer.text(2, token);
  writer.flag(3, resumed);
  writer.close(begin);
}
