import type { CallVerb, ObjectCall, Payload, WirePayload, WirePayloadKind } from '../core/index.js';
import { EMPTY_BYTES, GoverseError, goverseError } from '../core/index.js';
import type { CallFrame, ReceivedCall } from './link-frames.js';
import { wholeNumber } from './wire-number.js';
import type { WireNumber } from './wire-number.js';

const VERBS: readonly CallVerb[] = ['call', 'create', 'delete'];
const KINDS: readonly WirePayloadKind[] = ['json', 'msgpack', 'protobuf', 'any', 'opaque'];

/** Stands for "no deadline": about 49 days. */
const NO_TIMEOUT = 0xffff_ffff;

/** `goverse.LinkCall` as protobufjs sees it; absent fields have their default. */
export interface WireCall {
  seq: number;
  verb?: number;
  objectId?: string;
  type?: string;
  method?: string;
  kind?: number;
  payload?: Uint8Array;
  className?: string;
  callId?: string;
  chain?: { objectId: string; turnId: string }[];
  timeoutMs?: number;
  clientId?: string;
  userId?: string;
  roles?: string[];
  hasCaller?: boolean;
  fromClient?: boolean;
  idempotent?: boolean;
  viewStore?: string;
  viewRevision?: WireNumber;
}

/** Fields with their default are left out: proto3 readers fill them in. */
export function toWireCall({ seq, call, view }: CallFrame, now: number): WireCall {
  const { payload } = call;
  const wire: WireCall = { seq, objectId: call.objectId, callId: call.callId, timeoutMs: timeLeft(call.deadline, now) };
  if (call.verb !== 'call') wire.verb = VERBS.indexOf(call.verb);
  if (call.type) wire.type = call.type;
  if (call.method) wire.method = call.method;
  writePayload(wire, payload);
  if (payload.className) wire.className = payload.className;
  if (call.chain.length > 0) wire.chain = call.chain as { objectId: string; turnId: string }[];
  if (call.clientId) wire.clientId = call.clientId;
  if (call.caller) {
    wire.hasCaller = true;
    wire.userId = call.caller.userId;
    wire.roles = call.caller.roles as string[];
  }
  if (call.isFromClient) wire.fromClient = true;
  if (call.idempotent) wire.idempotent = true;
  if (view) {
    wire.viewStore = view.store;
    wire.viewRevision = view.revision;
  }
  return wire;
}

export function fromWireCall(wire: Required<WireCall>, now: number): ReceivedCall {
  const verb = VERBS[wire.verb];
  const payload = readPayload(wire.kind, wire.payload, wire.className);
  if (verb === undefined) return unreadable(wire, `the verb ${wire.verb} is not known here`);
  if (payload === undefined) return unreadable(wire, `the payload kind ${wire.kind} is not known here`);
  if (wire.objectId === '') return unreadable(wire, 'it names no object');
  const call: ObjectCall = {
    verb,
    objectId: wire.objectId,
    type: wire.type || undefined,
    method: wire.method,
    payload,
    callId: wire.callId,
    chain: wire.chain,
    deadline: wire.timeoutMs >= NO_TIMEOUT ? Infinity : now + wire.timeoutMs,
    clientId: wire.clientId || undefined,
    caller: wire.hasCaller ? { userId: wire.userId, roles: wire.roles } : undefined,
    isFromClient: wire.fromClient,
    idempotent: wire.idempotent,
  };
  if (wire.viewStore === '') return { seq: wire.seq, call };
  return { seq: wire.seq, call, view: { store: wire.viewStore, revision: wholeNumber(wire.viewRevision) } };
}

/** The bytes of a payload that is to travel. A live value cannot: whoever holds it must encode it first. */
export function wirePayload(payload: Payload, what: string): WirePayload {
  if (payload.kind !== 'value') return payload;
  throw goverseError(
    'INVALID_ARGUMENT',
    `${what} holds a live value, which cannot leave the process; encode it before it is sent`,
  );
}

export function writePayload(wire: { kind?: number; payload?: Uint8Array }, payload: Payload): void {
  const { kind, bytes } = wirePayload(payload, 'The payload');
  if (kind !== 'json') wire.kind = KINDS.indexOf(kind);
  if (bytes.length > 0) wire.payload = bytes;
}

export function readPayload(kindNumber: number, read: Uint8Array, className?: string): WirePayload | undefined {
  const kind = KINDS[kindNumber];
  if (kind === undefined) return undefined;
  // protobufjs gives a plain array for an absent field.
  const bytes = read.length > 0 ? read : EMPTY_BYTES;
  return className ? { kind, bytes, className } : { kind, bytes };
}

/** What is left is rounded up, so that a call never arrives with less time than its caller waits. */
function timeLeft(deadline: number, now: number): number {
  return Math.min(Math.max(Math.ceil(deadline - now), 1), NO_TIMEOUT);
}

function unreadable(wire: WireCall, why: string): { seq: number; error: GoverseError } {
  return {
    seq: wire.seq,
    error: goverseError('INVALID_ARGUMENT', `The call ${wire.callId ?? ''} cannot be read: ${why}`),
  };
}
