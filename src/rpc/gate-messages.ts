import { EMPTY_BYTES } from '../core/index.js';
import type { GateIntroduction } from './client-parking.js';
import { loadGoverseTypes } from './proto-files.js';
import { WireReader } from './wire-reader.js';
import { WireWriter } from './wire-writer.js';

/** One push on its way from a node to a gate. */
export interface PushEnvelope {
  /** Undefined: every client of the gate. */
  readonly clientIds?: readonly string[] | undefined;
  /** A serialised `google.protobuf.Any`; the gate hands it on unread. */
  readonly message: Uint8Array;
  /** 0 = no report wanted. */
  readonly pushId: number;
}

/** What a node says on a RegisterGate stream; `unknown` comes from later versions. */
export type GateMessage =
  | { kind: 'registered' }
  | { kind: 'envelope'; envelope: PushEnvelope }
  | { kind: 'moved'; clientIds: readonly string[] }
  | { kind: 'wanted'; clientIds: readonly string[] }
  | { kind: 'unknown' };

/** Tags of `goverse.GateMessage`: field number and wire type as they stand on the wire. */
const enum Tag {
  registered = 10,
  client = 18,
  broadcast = 26,
  moved = 34,
  wanted = 42,
}

const requestType = loadGoverseTypes().lookupType('goverse.RegisterGateRequest');

// Both are done with a message before the next one begins.
const writer = new WireWriter();
const reader = new WireReader();

/** The first message of every stream. */
export const REGISTERED_MESSAGE: Buffer = encode(1, () => {});

/** Encoded once, whatever the number of clients; by hand, because it may name thousands of them. */
export function encodeEnvelope({ clientIds, message, pushId }: PushEnvelope): Buffer {
  if (clientIds === undefined) {
    return encode(3, () => {
      writer.message(1, message);
      writer.number(2, pushId);
    });
  }
  return encode(2, () => {
    for (const clientId of clientIds) writer.element(1, clientId);
    writer.message(2, message);
    writer.number(3, pushId);
  });
}

/** Says to a gate that clients it had are at another one. */
export function encodeMovedClients(clientIds: string[]): Buffer {
  return encode(4, () => clientIds.forEach((clientId) => writer.element(1, clientId)));
}

/** Says to a gate that goes that clients of it have come to another one, which waits for what it has of them. */
export function encodeWantedClients(clientIds: string[]): Buffer {
  return encode(5, () => clientIds.forEach((clientId) => writer.element(1, clientId)));
}

export function decodeGateMessage(bytes: Buffer): GateMessage {
  const end = reader.reset(bytes);
  let message: GateMessage = { kind: 'unknown' };
  while (reader.next(end)) {
    if (reader.tag === Tag.client)
      message = { kind: 'envelope', envelope: readEnvelope(reader.length(), bytes.length) };
    else if (reader.tag === Tag.broadcast) message = { kind: 'envelope', envelope: readBroadcast(reader.length()) };
    else if (reader.tag === Tag.moved) message = { kind: 'moved', clientIds: readClientIds(reader.length()) };
    else if (reader.tag === Tag.wanted) message = { kind: 'wanted', clientIds: readClientIds(reader.length()) };
    else {
      if (reader.tag === Tag.registered) message = { kind: 'registered' };
      reader.skip();
    }
  }
  return message;
}

export function encodeRegisterGateRequest(gate: GateIntroduction): Buffer {
  const { address: gateAddr, tag: clientTag, windowMs: resumeWindowMs, adopted } = gate;
  const wire = { gateAddr, clientTag, resumeWindowMs, adoptedClientIds: adopted as string[] };
  return requestType.encode(wire).finish() as Buffer;
}

/** A message with that one field. A copy: what waits for a slow gate must not hold the buffer of the writer. */
function encode(field: number, write: () => void): Buffer {
  const begin = writer.reset().open(field);
  write();
  writer.close(begin);
  return Buffer.from(writer.finish());
}

function readEnvelope(end: number, length: number): PushEnvelope {
  const clientIds: string[] = [];
  let message: Uint8Array = EMPTY_BYTES;
  let pushId = 0;
  while (reader.next(end)) {
    // Most ids were in the envelope before.
    if (reader.tag === 10) clientIds.push(reader.known());
    else if (reader.tag === 18) message = reader.view();
    else if (reader.tag === 24) pushId = reader.uint64();
    else reader.skip();
  }
  // The message is kept for clients that may come back: not with thousands of ids.
  return { clientIds, message: message.length * 2 < length ? Buffer.from(message) : message, pushId };
}

function readBroadcast(end: number): PushEnvelope {
  let message: Uint8Array = EMPTY_BYTES;
  let pushId = 0;
  while (reader.next(end)) {
    if (reader.tag === 10) message = reader.view();
    else if (reader.tag === 16) pushId = reader.uint64();
    else reader.skip();
  }
  return { clientIds: undefined, message, pushId };
}

function readClientIds(end: number): string[] {
  const clientIds: string[] = [];
  while (reader.next(end)) {
    if (reader.tag === 10) clientIds.push(reader.text());
    else reader.skip();
  }
  return clientIds;
}
