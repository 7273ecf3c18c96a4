/**
 * How the bytes (or the value) of an argument or result are to be read.
 *
 * | kind | holds | used by |
 * |---|---|---|
 * | `value` | a live value, already copied | calls that do not leave the process |
 * | `json` | JSON in UTF-8 | HTTP, SSE, WebSocket |
 * | `msgpack` | MessagePack with structured-clone types | between objects on different nodes |
 * | `protobuf` | a serialised message of the method's declared type | HTTP with `application/octet-stream` |
 * | `any` | a serialised `google.protobuf.Any` | `goverse.Goverse`, `gate.GateService`, pushes |
 * | `opaque` | JSON, or the declared message if the method declares one | `goverse.client.ClientService` |
 *
 * Empty bytes mean "no argument" or "no result". A reply has the kind of its request.
 */
export type PayloadKind = 'value' | 'json' | 'msgpack' | 'protobuf' | 'any' | 'opaque';

/** The kinds that can travel. */
export type WirePayloadKind = Exclude<PayloadKind, 'value'>;

export interface ValuePayload {
  readonly kind: 'value';
  readonly value: unknown;
  /** Class name of the instance that was copied: the receiver does not validate it again. */
  readonly className?: string;
}

export interface WirePayload {
  readonly kind: WirePayloadKind;
  readonly bytes: Uint8Array;
  /** Class name of the instance that was encoded (`msgpack` only). */
  readonly className?: string;
}

export type Payload = ValuePayload | WirePayload;

export const EMPTY_BYTES = new Uint8Array(0);
