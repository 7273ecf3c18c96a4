import type { GoverseError, WirePayload } from '../core/index.js';
import { goverseError } from '../core/index.js';
import { wirePayload } from './link-call-codec.js';
import { callOverheadBytes } from './link-frame-codec.js';
import type { CallFrame, EnvelopeReport, ResultFrame } from './link-frames.js';
import { FRAME_BYTES } from './link-outbox.js';
import { MESSAGE_CHARS_LIMIT, detailsJson } from './link-result-codec.js';

/** UTF-8 never takes more per UTF-16 unit. */
const BYTES_PER_CHAR = 3;
const FIELD_BYTES = 8;
const FIXED_BYTES = 64;
/** What may stand beside a payload: ids, roles, the call chain. */
const OVERHEAD_LIMIT = FRAME_BYTES - 1024;

/**
 * Bytes a call takes on the wire, never too few. Throws `PAYLOAD_TOO_LARGE` for what the receiver would refuse, so that
 * one call cannot end the stream of all.
 */
export function callWeight(frame: CallFrame, maxPayloadBytes: number): number {
  const { call } = frame;
  const what = `The argument of ${call.objectId}${call.method && `.${call.method}`}`;
  const { bytes, className } = wirePayload(call.payload, what);
  assertFits(bytes, maxPayloadBytes, what);
  let overhead = FIXED_BYTES + texts(call.objectId, call.type, call.method, className, call.callId, call.clientId);
  for (const { objectId, turnId } of call.chain) overhead += texts(objectId, turnId) + FIELD_BYTES;
  if (call.caller) overhead += texts(call.caller.userId, ...call.caller.roles);
  if (frame.view) overhead += texts(frame.view.store);
  if (overhead > OVERHEAD_LIMIT && callOverheadBytes(frame) > OVERHEAD_LIMIT) {
    throw goverseError(
      'PAYLOAD_TOO_LARGE',
      `The call chain and identity of ${call.objectId} do not fit a frame (${OVERHEAD_LIMIT} bytes)`,
    );
  }
  // Not a number: something that should be a text is none.
  if (Number.isNaN(overhead))
    throw goverseError('INVALID_ARGUMENT', `Ids, names and identity of ${what} must be texts`);
  return overhead + bytes.length;
}

/** Bytes a result takes on the wire, never too few; its errors are cut to fit. */
export function resultWeight(frame: ResultFrame): number {
  if ('error' in frame) return errorWeight(frame.error);
  const { payload } = frame.result;
  return FIXED_BYTES + (payload.kind === 'value' ? 0 : payload.bytes.length);
}

export function reportWeight({ failed }: EnvelopeReport): number {
  return failed.reduce((sum, { clientId, reason }) => sum + texts(clientId, reason) + FIELD_BYTES, FIXED_BYTES);
}

/** Throws `PAYLOAD_TOO_LARGE` naming both sizes. */
export function assertFits(bytes: WirePayload['bytes'], maxPayloadBytes: number, what: string): void {
  if (bytes.length <= maxPayloadBytes) return;
  throw goverseError(
    'PAYLOAD_TOO_LARGE',
    `${what} has ${bytes.length} bytes; ${maxPayloadBytes} are allowed (maxPayloadBytes)`,
  );
}

function errorWeight({ reason, message, details }: GoverseError): number {
  const json = details === undefined ? '' : detailsJson(details);
  return FIXED_BYTES + texts(reason, message.slice(0, MESSAGE_CHARS_LIMIT), json);
}

function texts(...parts: (string | undefined)[]): number {
  let sum = 0;
  for (const part of parts) if (part) sum += part.length * BYTES_PER_CHAR + FIELD_BYTES;
  return sum;
}
