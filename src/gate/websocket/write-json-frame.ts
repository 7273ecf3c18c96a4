import type { GoverseError } from '../../core/index.js';
import { isRetryableReason } from '../../core/index.js';
import { retryAfterMs } from '../../rpc/index.js';
import type { FramePayloadKind } from '../connect/client-frame.js';
import { detailsJson } from '../connect/error-details.js';
import type { FrameResult, ServerFrame } from '../connect/server-frame.js';
import type { QueuedPush } from '../push-sink.js';
import type { JsonForm } from './json-form.js';

/** The text of a push up to its message, ASCII, and its message, which all clients share. */
export function jsonPushParts(
  { seq, message }: QueuedPush,
  form: JsonForm,
): [head: string, body: Buffer, tail: string] {
  const [number, body] = form === 'plain' ? [String(seq), message.jsonBytes] : [`"${seq}"`, message.anyJsonBytes];
  return [`{"seq":0,"push":{"pushSeq":${number},"message":`, body, '}}'];
}

/** The text of any other frame in UTF-8. Payloads that are JSON are put in as they are. */
export function writeJsonFrame(frame: Exclude<ServerFrame, { push: QueuedPush }>, form: JsonForm): Buffer {
  if ('result' in frame) return resultText(frame.seq, frame.result, frame.payloadKind);
  if ('error' in frame) return Buffer.from(errorText(frame.seq, frame.error, form));
  if ('registered' in frame) return Buffer.from(JSON.stringify(frame));
  if ('goingAway' in frame) return Buffer.from(JSON.stringify({ seq: 0, goingAway: frame.goingAway }));
  return Buffer.from(`{"seq":${frame.seq},"pong":{}}`);
}

function resultText(seq: number, { payload, objectId, created }: FrameResult, kind: FramePayloadKind): Buffer {
  const start = `{"seq":${seq},"result":`;
  if (!payload) return Buffer.from(`${start}${JSON.stringify({ objectId, created })}}`);
  if (kind === 'opaque') return Buffer.from(`${start}{"payload":"${base64(payload)}"}}`);
  if (payload.length === 0) return Buffer.from(`${start}{}}`);
  return Buffer.concat([Buffer.from(`${start}{"payload":`), payload, Buffer.from('}}')]);
}

function errorText(seq: number, error: GoverseError, form: JsonForm): string {
  const { reason, grpcCode: code, message } = error;
  const wait = retryAfterMs(error);
  const facts = {
    reason,
    code,
    message,
    ...(wait !== undefined && { retryAfterMs: wait }),
    ...(error.retryable !== isRetryableReason(reason) && { retryable: error.retryable }),
  };
  const details = detailsJson(error);
  const withText = form === 'proto3' ? { ...facts, detailsJson: details } : facts;
  const text = JSON.stringify(withText);
  const whole = form === 'plain' && details !== '' ? `${text.slice(0, -1)},"details":${details}}` : text;
  return `{"seq":${seq},"error":${whole}}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
