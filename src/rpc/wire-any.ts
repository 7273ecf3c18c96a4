import { EMPTY_BYTES, packAny, unpackAny } from '../core/index.js';

/** `google.protobuf.Any` as grpc-js hands it over: the one message whose field names stay as they are in the file. */
export interface WireAny {
  readonly type_url: string;
  readonly value: Uint8Array;
}

/** The serialised Any of a request; no bytes when it has none. */
export function anyBytes(any: WireAny | null | undefined): Uint8Array {
  return any && (any.type_url !== '' || any.value.length > 0) ? packAny(any.type_url, any.value) : EMPTY_BYTES;
}

/** A serialised Any for a response. */
export function wireAny(bytes: Uint8Array): WireAny {
  const { typeUrl, value } = unpackAny(bytes);
  return { type_url: typeUrl, value };
}
