import { AnyCodec, decodeJsonMessage, encodeJsonMessage, JSON_MESSAGE } from './any-codec.js';
import { messageNameOf, packAny, unpackAny } from './any-envelope.js';
import { goverseError } from './errors.js';
import { decodeMessage, encodeMessage } from './message-codec.js';
import type { MessageRegistry } from './message-registry.js';
import { classNameOf } from './class-name.js';

/**
 * What an object may push to clients: an instance of a class (its class name is the message type), `{ type, data }`,
 * or `{ protobuf: 'chat.Message', data }` of a registered message.
 */
export type PushMessage = object;

/** A push as JSON clients see it. */
export interface DecodedPush {
  readonly type: string;
  /** JSON data. */
  readonly data: unknown;
}

/** Pushes as serialised `google.protobuf.Any`: one encoding for every client and transport. */
export class PushCodec {
  private readonly any: AnyCodec;

  constructor(private readonly registry: MessageRegistry) {
    this.any = new AnyCodec(registry);
  }

  encode(message: PushMessage): Uint8Array {
    const className = classNameOf(message);
    if (className !== undefined) return encodeJsonMessage(className, message, 'message');
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
      const { type, protobuf, data } = message as { type?: unknown; protobuf?: unknown; data?: unknown };
      if (typeof protobuf === 'string') return this.encodeRegistered(protobuf, data);
      if (typeof type === 'string' && type !== '') return encodeJsonMessage(type, data, 'message');
    }
    throw goverseError(
      'INVALID_ARGUMENT',
      "This cannot be pushed: pass an instance of a class, { type: 'Name', data }, or { protobuf: 'package.Message', data } of a registered message",
    );
  }

  /**
   * For clients that speak JSON. `JsonMessage`: its type and parsed data. Wrappers and the Struct family: the full name
   * and the value. A registered message: the full name and its proto3 JSON. Anything else: the full name and
   * `{ '@type': <type URL>, value: <base64> }`.
   */
  decode(bytes: Uint8Array): DecodedPush {
    const envelope = unpackAny(bytes);
    const type = messageNameOf(envelope.typeUrl);
    if (type === JSON_MESSAGE) return decodeJsonMessage(envelope.value);
    const registered = this.registry.find(type);
    if (registered) return { type, data: decodeMessage(registered, envelope.value, 'json') };
    if (!type.startsWith('google.protobuf.')) return { type, data: opaque(envelope) };
    return { type, data: this.builtinData(envelope) };
  }

  private builtinData(envelope: ReturnType<typeof unpackAny>): unknown {
    try {
      const value = this.any.decodeEnvelope(envelope);
      if (typeof value === 'bigint') return String(value);
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      return value ?? null;
    } catch {
      return opaque(envelope);
    }
  }

  private encodeRegistered(name: string, data: unknown): Uint8Array {
    const type = this.registry.find(name);
    if (type) return packAny(name, encodeMessage(type, data, 'message'));
    const known = this.registry.names();
    const list = known.length > 0 ? `registered are ${known.join(', ')}` : 'none is registered';
    throw goverseError(
      'INVALID_ARGUMENT',
      `${name} is no registered message (${list}); list its .proto in forRoot({ protobuf })`,
    );
  }
}

function opaque({ typeUrl, value }: ReturnType<typeof unpackAny>): unknown {
  return { '@type': typeUrl, value: Buffer.from(value).toString('base64') };
}
