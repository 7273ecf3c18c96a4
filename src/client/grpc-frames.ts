import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { GoverseError } from '../core/errors.js';
import { loadProto } from '../rpc/proto-files.js';
import type { ClientFrame, ServerFrame } from './frames.js';
import type { Push, Registration } from './transport.js';
import { wireError } from './wire-error.js';

/** Read once, when the first gRPC connection loads this file. */
const contract = loadProto();
const JSON_MESSAGE = 'goverse.JsonMessage';

export const CONNECT = (contract.client as ServiceDefinition)['Connect']!;

/** A `goverse.client.ClientFrame` as protobufjs takes it. */
export type ClientMessage = { readonly seq: number } & Readonly<Record<string, unknown>>;

/** A `goverse.client.ServerFrame` as protobufjs gives it. */
export interface ServerMessage {
  readonly seq: number;
  /** Which of the others is there; undefined if this client does not know it. */
  readonly frame?: string;
  readonly registered?: Registration;
  readonly result?: { readonly payload: Uint8Array; readonly objectId: string };
  readonly error?: WireFacts;
  readonly push?: { readonly pushSeq: number; readonly message: AnyMessage | null };
  readonly goingAway?: { readonly reconnectAfterMs: number };
}

interface WireFacts {
  readonly reason: string;
  readonly code: number;
  readonly message: string;
  readonly detailsJson: string;
  readonly retryAfterMs: number;
  readonly retryable?: boolean;
}

interface AnyMessage {
  readonly type_url: string;
  readonly value: Uint8Array;
}

export function encodeMessage(frame: ClientFrame): ClientMessage {
  const { seq } = frame;
  switch (frame.kind) {
    case 'register':
      return {
        seq,
        register: frame.resume ? { resumeToken: frame.resume.token, received: frame.resume.received } : {},
      };
    case 'ack':
      return { seq, ack: { pushSeq: frame.pushSeq } };
    case 'cancel':
    case 'ping':
      return { seq, [frame.kind]: {} };
    default: {
      const { objectId, type, method, argument, timeoutMs } = frame.request;
      const payload = argument === undefined ? undefined : Buffer.from(argument);
      const call = frame.kind === 'call' ? { method, timeoutMs: Math.ceil(timeoutMs) } : {};
      return { seq, [frame.kind]: { objectId, type, payload, ...call } };
    }
  }
}

/** Undefined for a frame this client does not know. Throws for a payload or a message it cannot read. */
export function decodeMessage(message: ServerMessage): ServerFrame | undefined {
  const { seq, registered, result, error, push, goingAway } = message;
  if (registered) return { kind: 'registered', registration: registered };
  if (result) return { kind: 'result', seq, value: jsonOf(result.payload), objectId: result.objectId };
  if (error) return { kind: 'error', seq, error: errorOf(error) };
  if (push) return { kind: 'push', push: pushOf(push.message), pushSeq: push.pushSeq };
  if (goingAway) return { kind: 'goingAway', afterMs: goingAway.reconnectAfterMs };
  return message.frame === 'pong' ? { kind: 'pong' } : undefined;
}

function errorOf({ detailsJson, ...facts }: WireFacts): GoverseError {
  return GoverseError.fromWire(wireError({ ...facts, details: parse(detailsJson) }));
}

function parse(json: string): unknown {
  return json === '' ? undefined : JSON.parse(json);
}

function jsonOf(bytes: Uint8Array): unknown {
  return parse(new TextDecoder().decode(bytes));
}

function pushOf(message: AnyMessage | null): Push {
  if (!message) return { type: '', data: undefined };
  // What stands behind the last slash of the type URL.
  const name = message.type_url.slice(message.type_url.lastIndexOf('/') + 1);
  if (name !== JSON_MESSAGE) return { type: name, data: message.value };
  const { deserialize } = contract.packageDefinition[JSON_MESSAGE] as MessageTypeDefinition<object, object>;
  const { type, json } = deserialize(message.value as Buffer) as { type: string; json: Uint8Array };
  return { type, data: jsonOf(json) };
}
