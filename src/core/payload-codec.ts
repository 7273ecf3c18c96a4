import type protobuf from 'protobufjs';
import { AnyCodec, EMPTY } from './any-codec.js';
import { messageNameOf, packAny, unpackAny } from './any-envelope.js';
import { goverseError } from './errors.js';
import { decodeJson, encodeJson } from './json-codec.js';
import { decodeMessage, encodeMessage } from './message-codec.js';
import type { MessageRegistry } from './message-registry.js';
import { decodeMsgpack, encodeMsgpack } from './msgpack-codec.js';
import { EMPTY_BYTES } from './payload.js';
import type { Payload, WirePayload } from './payload.js';
import { PushCodec } from './push-codec.js';
import type { DecodedPush, PushMessage } from './push-codec.js';
import { classNameOf } from './class-name.js';
import { copyValue } from './value-copy.js';

/**
 * Values in and out of payloads of every kind. `message` is the full name of the protobuf message a method declares
 * for its argument (`request`) or result (`response`): then the method always sees, and gives, a plain object of that
 * message, however it travelled; a missing argument is the message with all defaults.
 */
export class PayloadCodec {
  private readonly any: AnyCodec;
  private readonly pushes: PushCodec;

  constructor(readonly registry: MessageRegistry) {
    this.any = new AnyCodec(registry);
    this.pushes = new PushCodec(registry);
  }

  /** The argument as a method sees it. Throws `INVALID_ARGUMENT` or `UNKNOWN_MESSAGE_TYPE`. */
  decodeArgument(payload: Payload, message?: string): unknown {
    if (message !== undefined) return this.decodeDeclared(payload, this.declared(message));
    if (payload.kind === 'protobuf' && payload.bytes.length > 0) {
      throw goverseError(
        'INVALID_ARGUMENT',
        'The method declares no protobuf message (@Method({ request })); send its argument as JSON',
      );
    }
    return this.decodeResult(payload);
  }

  /** The reply to a request, in the kind (and family) of the request. Throws `RESULT_NOT_ENCODABLE`. */
  encodeResult(request: Payload, value: unknown, message?: string): Payload {
    if (message !== undefined) return this.encodeDeclared(request, value, this.declared(message));
    switch (request.kind) {
      case 'value':
        return { kind: 'value', value: copyValue(value, 'result') };
      case 'msgpack':
        return { kind: 'msgpack', bytes: encodeMsgpack(value, 'result') };
      case 'json':
      case 'opaque':
        return { kind: request.kind, bytes: encodeJson(value, 'result') };
      case 'any':
        return { kind: 'any', bytes: this.any.encode(value, 'result', request.bytes) };
      case 'protobuf':
        return { kind: 'protobuf', bytes: undeclaredResult(value) };
    }
  }

  /** An argument for an object in another process. Throws `INVALID_ARGUMENT`. */
  encodeArgument(value: unknown): WirePayload {
    const bytes = encodeMsgpack(value, 'argument');
    const className = classNameOf(value);
    return className === undefined ? { kind: 'msgpack', bytes } : { kind: 'msgpack', bytes, className };
  }

  /** The value of a reply; a serialised message (`protobuf`) is returned as its bytes. */
  decodeResult(payload: Payload): unknown {
    switch (payload.kind) {
      case 'value':
        return payload.value;
      case 'msgpack':
        return decodeMsgpack(payload.bytes);
      case 'json':
      case 'opaque':
        return decodeJson(payload.bytes);
      case 'any':
        return this.any.decode(payload.bytes);
      case 'protobuf':
        return payload.bytes.length > 0 ? payload.bytes : undefined;
    }
  }

  /** A push as a serialised `google.protobuf.Any`. Throws `INVALID_ARGUMENT` naming what is wrong. */
  encodePush(message: PushMessage): Uint8Array {
    return this.pushes.encode(message);
  }

  /** A push as clients that speak JSON see it. */
  decodePush(bytes: Uint8Array): DecodedPush {
    return this.pushes.decode(bytes);
  }

  private decodeDeclared(payload: Payload, type: protobuf.Type): unknown {
    switch (payload.kind) {
      case 'value':
      case 'msgpack':
        // Through the bytes, so that the method sees the same object for local and remote callers.
        return decodeMessage(type, encodeMessage(type, this.decodeResult(payload), 'argument'));
      case 'json':
        return decodeMessage(type, encodeMessage(type, decodeJson(payload.bytes), 'argument', 'json'));
      case 'any':
        return decodeMessage(type, valueOfAny(type, payload.bytes));
      case 'protobuf':
      case 'opaque':
        return decodeMessage(type, payload.bytes);
    }
  }

  private encodeDeclared(request: Payload, value: unknown, type: protobuf.Type): Payload {
    const bytes = encodeMessage(type, value, 'result');
    switch (request.kind) {
      case 'value':
        return { kind: 'value', value: decodeMessage(type, bytes) };
      case 'msgpack':
        return { kind: 'msgpack', bytes: encodeMsgpack(decodeMessage(type, bytes), 'result') };
      case 'json':
        return { kind: 'json', bytes: encodeJson(decodeMessage(type, bytes, 'json'), 'result') };
      case 'any':
        return { kind: 'any', bytes: packAny(type.fullName.slice(1), bytes) };
      case 'protobuf':
      case 'opaque':
        return { kind: request.kind, bytes };
    }
  }

  private declared(name: string): protobuf.Type {
    const type = this.registry.find(name);
    if (type) return type;
    throw goverseError(
      'UNKNOWN_MESSAGE_TYPE',
      `The message ${name} is not registered; list its .proto in forRoot({ protobuf })`,
    );
  }
}

function valueOfAny(type: protobuf.Type, bytes: Uint8Array): Uint8Array {
  const { typeUrl, value } = unpackAny(bytes);
  const name = messageNameOf(typeUrl);
  const declared = type.fullName.slice(1);
  if (name === declared) return value;
  if (name === EMPTY || (name === '' && value.length === 0)) return EMPTY_BYTES;
  throw goverseError('INVALID_ARGUMENT', `The method takes ${declared}, the Any holds ${JSON.stringify(typeUrl)}`);
}

function undeclaredResult(value: unknown): Uint8Array {
  if (value === undefined) return EMPTY_BYTES;
  throw goverseError(
    'RESULT_NOT_ENCODABLE',
    'The request was a protobuf message, but the method declares none for its result (@Method({ response }))',
  );
}
