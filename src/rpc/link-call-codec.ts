import type { CallVerb, ChainLink, ObjectCall, Payload, WirePayload, WirePayloadKind } from '../core/index.js';
import { EMPTY_BYTES, goverseError } from '../core/index.js';
import type { CallFrame, ReceivedCall } from './link-frames.js';
import type { WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

const VERBS: readonly CallVerb[] = ['call', 'create', 'delete'];
const KINDS: readonly WirePayloadKind[] = ['json', 'msgpack', 'protobuf', 'any', 'opaque'];

/** Tags of `goverse.LinkCall`: field number and wire type as they stand on the wire. */
const enum Tag {
  seq = 8,
  verb = 16,
  object_id = 26,
  type = 34,
  method = 42,
  kind = 48,
  payload = 58,
  class_name = 66,
  call_id = 74,
  chain = 82,
  timeout_ms = 88,
  client_id = 98,
  user_id = 106,
  roles = 114,
  has_caller = 120,
  from_client = 128,
  idempotent = 136,
  view_store = 146,
  view_revision = 152,
}

/** Stands for "no deadline": about 49 days. */
const NO_TIMEOUT = 0xffff_ffff;

const NO_CHAIN: readonly ChainLink[] = Object.freeze([]);

/** Writes a `goverse.LinkCall` (field numbers of proto/goverse.proto). */
export function writeCall(writer: WireWriter, { seq, call, view }: CallFrame, now: number): void {
  const { payload, caller } = call;
  writer.number(1, seq);
  if (call.verb !== 'call') writer.number(2, VERBS.indexOf(call.verb));
  writer.text(3, call.objectId);
  writer.text(4, call.type);
  writer.text(5, call.method);
  writePayload(writer, 6, payload);
  writer.text(8, payload.className);
  writer.text(9, call.callId);
  for (const link of call.chain) writeChainLink(writer, link);
  writer.number(11, timeLeft(call.deadline, now));
  writer.text(12, call.clientId);
  if (caller) {
    writer.text(13, caller.userId);
    for (const role of caller.roles) writer.element(14, role);
    writer.flag(15, true);
  }
  writer.flag(16, call.isFromClient);
  writer.flag(17, call.idempotent);
  if (!view) return;
  writer.text(18, view.store);
  writer.number(19, view.revision);
}

/** Reads a `goverse.LinkCall` that ends there. */
export function readCall(reader: WireReader, end: number, now: number): ReceivedCall {
  let [seq, verb, kind, timeoutMs, revision] = [0, 0, 0, 0, 0];
  let [objectId, method, callId, userId, store] = ['', '', '', '', ''];
  let [hasCaller, isFromClient, idempotent] = [false, false, false];
  let type: string | undefined;
  let className: string | undefined;
  let clientId: string | undefined;
  let content: Uint8Array = EMPTY_BYTES;
  let chain = NO_CHAIN;
  let roles: string[] | undefined;
  while (reader.next(end)) {
    switch (reader.tag) {
      case Tag.seq:
        seq = reader.uint32();
        break;
      case Tag.verb:
        verb = reader.uint32();
        break;
      case Tag.object_id:
        objectId = reader.known();
        break;
      case Tag.type:
        type = reader.known() || undefined;
        break;
      case Tag.method:
        method = reader.known();
        break;
      case Tag.kind:
        kind = reader.uint32();
        break;
      case Tag.payload:
        content = reader.view();
        break;
      case Tag.class_name:
        className = reader.known() || undefined;
        break;
      case Tag.call_id:
        callId = reader.text();
        break;
      case Tag.chain:
        chain = [...chain, readChainLink(reader, reader.length())];
        break;
      case Tag.timeout_ms:
        timeoutMs = reader.uint32();
        break;
      case Tag.client_id:
        clientId = reader.known() || undefined;
        break;
      case Tag.user_id:
        userId = reader.known();
        break;
      case Tag.roles:
        (roles ??= []).push(reader.known());
        break;
      case Tag.has_caller:
        hasCaller = reader.flag();
        break;
      case Tag.from_client:
        isFromClient = reader.flag();
        break;
      case Tag.idempotent:
        idempotent = reader.flag();
        break;
      case Tag.view_store:
        store = reader.known();
        break;
      case Tag.view_revision:
        revision = reader.uint64();
        break;
      default:
        reader.skip();
    }
  }
  const verbName = VERBS[verb];
  const payload = payloadOf(kind, content, className);
  if (verbName === undefined) return unreadable(seq, callId, `the verb ${verb} is not known here`);
  if (payload === undefined) return unreadable(seq, callId, `the payload kind ${kind} is not known here`);
  if (objectId === '') return unreadable(seq, callId, 'it names no object');
  const call: ObjectCall = {
    verb: verbName,
    objectId,
    type,
    method,
    payload,
    callId,
    chain,
    deadline: timeoutMs >= NO_TIMEOUT ? Infinity : now + timeoutMs,
    clientId,
    caller: hasCaller ? { userId, roles: roles ?? [] } : undefined,
    isFromClient,
    idempotent,
  };
  return store === '' ? { seq, call } : { seq, call, view: { store, revision } };
}

/** The bytes of a payload that is to travel. A live value cannot: whoever holds it must encode it first. */
export function wirePayload(payload: Payload, what: string): WirePayload {
  if (payload.kind !== 'value') return payload;
  throw goverseError(
    'INVALID_ARGUMENT',
    `${what} holds a live value, which cannot leave the process; encode it before it is sent`,
  );
}

/** Kind and bytes, in this field and the next. */
export function writePayload(writer: WireWriter, field: number, payload: Payload): void {
  const { kind, bytes } = wirePayload(payload, 'The payload');
  writer.number(field, KINDS.indexOf(kind));
  writer.bytes(field + 1, bytes);
}

/** Undefined for a kind that is not known here. */
export function payloadOf(kindNumber: number, content: Uint8Array, className?: string): WirePayload | undefined {
  const kind = KINDS[kindNumber];
  if (kind === undefined) return undefined;
  return className === undefined ? { kind, bytes: content } : { kind, bytes: content, className };
}

function writeChainLink(writer: WireWriter, { objectId, turnId }: ChainLink): void {
  const begin = writer.open(10);
  writer.text(1, objectId);
  writer.text(2, turnId);
  writer.close(begin);
}

function readChainLink(reader: WireReader, end: number): ChainLink {
  let objectId = '';
  let turnId = '';
  while (reader.next(end)) {
    if (reader.tag === 10) objectId = reader.known();
    else if (reader.tag === 18) turnId = reader.text();
    else reader.skip();
  }
  return { objectId, turnId };
}

/** What is left is rounded up, so that a call never arrives with less time than its caller waits. */
function timeLeft(deadline: number, now: number): number {
  return Math.min(Math.max(Math.ceil(deadline - now), 1), NO_TIMEOUT);
}

function unreadable(seq: number, callId: string, why: string): ReceivedCall {
  return { seq, error: goverseError('INVALID_ARGUMENT', `The call ${callId} cannot be read: ${why}`) };
}
