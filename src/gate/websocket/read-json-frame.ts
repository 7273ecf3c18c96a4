import { EMPTY_BYTES } from '../../core/index.js';
import type { ClientFrame, FramePayloadKind, RequestFrame } from '../connect/client-frame.js';
import { JsonFields, WrongField } from './json-fields.js';
import type { JsonForm } from './json-form.js';

const KINDS = ['register', 'call', 'create', 'delete', 'cancel', 'ack', 'ping'] as const;

/** The frame of one text message; what cannot be read is a frame too, which says why. Never throws. */
export function readJsonFrame(text: string, form: JsonForm): ClientFrame {
  const object = parse(text);
  if (!object) return { kind: 'unreadable', seq: 0, why: 'The message is no JSON object' };
  let seq = 0;
  try {
    seq = new JsonFields(object, '').uint32('seq');
    return frameOf(object, seq, form);
  } catch (error) {
    const why = error instanceof WrongField ? error.message : 'The frame cannot be read';
    return { kind: 'unreadable', seq, why };
  }
}

function frameOf(object: Record<string, unknown>, seq: number, form: JsonForm): ClientFrame {
  const present = KINDS.filter((kind) => object[kind] !== undefined && object[kind] !== null);
  const [kind] = present;
  if (kind === undefined) throw new WrongField(`The frame holds none of ${KINDS.join(', ')}`);
  if (present.length > 1) throw new WrongField(`The frame holds ${present.join(' and ')}; only one can be meant`);
  const message = object[kind];
  if (!isObject(message)) throw new WrongField(`${kind} must be an object`);
  const fields = new JsonFields(message, `${kind}.`);
  switch (kind) {
    case 'call':
    case 'create':
    case 'delete':
      return requestOf(kind, seq, fields, form);
    case 'register': {
      const [resumeToken, accessToken] = [fields.text('resumeToken'), fields.text('accessToken')];
      return { kind, seq, resumeToken, accessToken, received: fields.uint64('received') };
    }
    case 'ack':
      return { kind, seq, pushSeq: fields.uint64('pushSeq') };
    case 'cancel':
      return { kind, seq };
    case 'ping':
      return { kind, seq };
  }
}

function requestOf(kind: RequestFrame['kind'], seq: number, fields: JsonFields, form: JsonForm): RequestFrame {
  const { payload, payloadKind } = payloadOf(fields.value('payload'), form);
  const request = {
    objectId: fields.text('objectId'),
    type: fields.text('type'),
    method: kind === 'call' ? fields.text('method') : '',
    payload,
    clientId: fields.text('clientId'),
    timeoutMs: fields.uint32('timeoutMs'),
  };
  return { kind, seq, request, payloadKind };
}

function payloadOf(value: unknown, form: JsonForm): { payload: Uint8Array; payloadKind: FramePayloadKind } {
  if (form === 'plain') return { payload: value === undefined ? EMPTY_BYTES : jsonBytes(value), payloadKind: 'json' };
  if (value === undefined || value === null) return { payload: EMPTY_BYTES, payloadKind: 'opaque' };
  if (typeof value !== 'string') return { payload: jsonBytes(value), payloadKind: 'json' };
  const payload = JsonFields.bytes(value);
  if (payload) return { payload, payloadKind: 'opaque' };
  throw new WrongField('payload must be base64, or a JSON value on a connection with the subprotocol goverse.json');
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
