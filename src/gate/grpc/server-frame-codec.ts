import protobuf from 'protobufjs';
import { retryAfterMs } from '../../rpc/index.js';
import type { GoverseError } from '../../core/index.js';
import { isRetryableReason } from '../../core/index.js';
import type { FrameResult, ServerFrame } from '../connect/server-frame.js';
import { detailsJson } from '../connect/error-details.js';

/** Tags of proto/client.proto: field number and wire type in one byte. */
const VARINT = (field: number) => field << 3;
const BYTES = (field: number) => (field << 3) | 2;

/** A serialised `ServerFrame`, in one buffer. */
export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  const writer = protobuf.Writer.create();
  if ('seq' in frame && frame.seq !== 0) writer.uint32(VARINT(1)).uint32(frame.seq);
  if ('result' in frame) writeResult(writer.uint32(BYTES(3)).fork(), frame.result);
  else if ('push' in frame) {
    const { seq, message } = frame.push;
    writer.uint32(BYTES(5)).fork().uint32(VARINT(1)).uint64(seq).uint32(BYTES(2)).bytes(message.any);
  } else if ('error' in frame) writeError(writer.uint32(BYTES(4)).fork(), frame.error);
  else if ('registered' in frame) {
    const { clientId, token, resumed } = frame.registered;
    writer.uint32(BYTES(2)).fork().uint32(BYTES(1)).string(clientId).uint32(BYTES(2)).string(token);
    if (resumed) writer.uint32(VARINT(3)).bool(true);
  } else if ('goingAway' in frame) {
    writer.uint32(BYTES(6)).fork().uint32(VARINT(1)).uint32(frame.goingAway.reconnectAfterMs);
  } else writer.uint32(BYTES(7)).fork();
  return writer.ldelim().finish();
}

function writeResult(writer: protobuf.Writer, { payload, objectId, created }: FrameResult): void {
  if (payload && payload.length > 0) writer.uint32(BYTES(1)).bytes(payload);
  if (objectId) writer.uint32(BYTES(2)).string(objectId);
  if (created) writer.uint32(VARINT(3)).bool(true);
}

function writeError(writer: protobuf.Writer, error: GoverseError): void {
  writer.uint32(BYTES(1)).string(error.reason).uint32(VARINT(2)).uint32(error.grpcCode);
  writer.uint32(BYTES(3)).string(error.message);
  const details = detailsJson(error);
  if (details !== '') writer.uint32(BYTES(4)).string(details);
  const wait = retryAfterMs(error);
  if (wait !== undefined) writer.uint32(VARINT(5)).uint32(wait);
  if (error.retryable !== isRetryableReason(error.reason)) writer.uint32(VARINT(6)).bool(error.retryable);
}
