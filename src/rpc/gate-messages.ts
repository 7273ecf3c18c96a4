import protobuf from 'protobufjs';
import { EMPTY_BYTES } from '../core/index.js';
import type { GateIntroduction } from './client-parking.js';
import { loadGoverseTypes } from './proto-files.js';
import { wholeNumber } from './wire-number.js';
import type { WireNumber } from './wire-number.js';

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

interface WireEnvelope {
  clientIds?: string[];
  message?: Uint8Array;
  pushId: WireNumber;
}

interface WireClientIds {
  clientIds?: string[];
}

interface WireGateMessage {
  registerGateResponse?: object | null;
  clientMessage?: WireEnvelope | null;
  broadcastMessage?: WireEnvelope | null;
  movedClients?: WireClientIds | null;
  wantedClients?: WireClientIds | null;
}

const requestType = loadGoverseTypes().lookupType('goverse.RegisterGateRequest');
const gateMessageType = opaqueGateMessage();

/** The first message of every stream. */
export const REGISTERED_MESSAGE: Buffer = encode({ registerGateResponse: {} });

/** Encoded once, whatever the number of clients. */
export function encodeEnvelope({ clientIds, message, pushId }: PushEnvelope): Buffer {
  if (clientIds === undefined) return encode({ broadcastMessage: { message, pushId } });
  return encode({ clientMessage: { clientIds: clientIds as string[], message, pushId } });
}

/** Says to a gate that clients it had are at another one. */
export function encodeMovedClients(clientIds: string[]): Buffer {
  return encode({ movedClients: { clientIds } });
}

/** Says to a gate that goes that clients of it have come to another one, which waits for what it has of them. */
export function encodeWantedClients(clientIds: string[]): Buffer {
  return encode({ wantedClients: { clientIds } });
}

export function decodeGateMessage(bytes: Buffer): GateMessage {
  const wire = gateMessageType.decode(bytes) as unknown as WireGateMessage;
  if (wire.registerGateResponse) return { kind: 'registered' };
  if (wire.clientMessage)
    return { kind: 'envelope', envelope: fromWire(wire.clientMessage, wire.clientMessage.clientIds) };
  if (wire.broadcastMessage) return { kind: 'envelope', envelope: fromWire(wire.broadcastMessage, undefined) };
  if (wire.movedClients) return { kind: 'moved', clientIds: wire.movedClients.clientIds ?? [] };
  if (wire.wantedClients) return { kind: 'wanted', clientIds: wire.wantedClients.clientIds ?? [] };
  return { kind: 'unknown' };
}

export function encodeRegisterGateRequest(gate: GateIntroduction): Buffer {
  const { address: gateAddr, tag: clientTag, windowMs: resumeWindowMs, adopted } = gate;
  const wire = { gateAddr, clientTag, resumeWindowMs, adoptedClientIds: adopted as string[] };
  return requestType.encode(wire).finish() as Buffer;
}

function encode(wire: WireGateMessage): Buffer {
  return gateMessageType.encode(wire as Record<string, unknown>).finish() as Buffer;
}

function fromWire({ message, pushId }: WireEnvelope, clientIds: string[] | undefined): PushEnvelope {
  return { clientIds, message: message?.length ? message : EMPTY_BYTES, pushId: wholeNumber(pushId) };
}

/** `goverse.GateMessage` with the Any as plain bytes: on the wire the same, and never parsed on the way. */
function opaqueGateMessage(): protobuf.Type {
  const { Type, Field, OneOf, Root } = protobuf;
  const client = new Type('ClientMessageEnvelope')
    .add(new Field('clientIds', 1, 'string', 'repeated'))
    .add(new Field('message', 2, 'bytes'))
    .add(new Field('pushId', 3, 'uint64'));
  const broadcast = new Type('BroadcastMessageEnvelope')
    .add(new Field('message', 1, 'bytes'))
    .add(new Field('pushId', 2, 'uint64'));
  const message = new Type('GateMessage')
    .add(new Field('registerGateResponse', 1, 'Registered'))
    .add(new Field('clientMessage', 2, 'ClientMessageEnvelope'))
    .add(new Field('broadcastMessage', 3, 'BroadcastMessageEnvelope'))
    .add(new Field('movedClients', 4, 'ClientIds'))
    .add(new Field('wantedClients', 5, 'ClientIds'))
    .add(
      new OneOf('message', [
        'registerGateResponse',
        'clientMessage',
        'broadcastMessage',
        'movedClients',
        'wantedClients',
      ]),
    );
  const ids = new Type('ClientIds').add(new Field('clientIds', 1, 'string', 'repeated'));
  new Root().add(new Type('Registered')).add(client).add(broadcast).add(ids).add(message);
  return message;
}
