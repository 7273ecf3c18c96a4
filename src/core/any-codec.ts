import { messageNameOf, packAny, unpackAny } from './any-envelope.js';
import type { AnyEnvelope } from './any-envelope.js';
import { builtinMessage } from './builtin-messages.js';
import { goverseError, GoverseError } from './errors.js';
import { decodeJson, encodeJson, toJsonData } from './json-codec.js';
import { decodeMessage, encodeMessage } from './message-codec.js';
import type { MessageRegistry } from './message-registry.js';
import { fitsScalar } from './message-scalar.js';
import {
  fromListParts,
  fromStructFields,
  fromStructPart,
  toListParts,
  toStructFields,
  toStructPart,
} from './struct-value.js';
import { StrictReader } from './strict-reader.js';
import { classNameOf } from './class-name.js';
import type { ValueRole } from './value-walk.js';

export const JSON_MESSAGE = 'goverse.JsonMessage';
export const EMPTY = 'google.protobuf.Empty';
const VALUE = 'google.protobuf.Value';
const STRUCT = 'google.protobuf.Struct';
const LIST = 'google.protobuf.ListValue';

/** Wrapper messages and the scalar each holds. Source: google/protobuf/wrappers.proto */
const WRAPPERS: Readonly<Record<string, string>> = {
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt64Value': 'uint64',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes',
};

/** Values in `google.protobuf.Any` (wire.md, table "Values in google.protobuf.Any"). */
export class AnyCodec {
  constructor(private readonly registry: MessageRegistry) {}

  /** The plain value; `undefined` for `Empty` and for no Any. `UNKNOWN_MESSAGE_TYPE` names the type URL. */
  decode(bytes: Uint8Array): unknown {
    return this.decodeEnvelope(unpackAny(bytes));
  }

  decodeEnvelope({ typeUrl, value }: AnyEnvelope): unknown {
    const name = messageNameOf(typeUrl);
    if (name === EMPTY || (name === '' && value.length === 0)) return undefined;
    if (name === JSON_MESSAGE) return decodeJsonMessage(value).data;
    if (name === STRUCT) return fromStructFields(readBuiltin(name, value));
    if (name === VALUE) return fromStructPart(readBuiltin(name, value));
    if (name === LIST) return fromListParts(readBuiltin(name, value));
    if (Object.hasOwn(WRAPPERS, name)) return decodeMessage(builtinMessage(name), value)['value'];
    const type = this.registry.find(name);
    if (type) return decodeMessage(type, value);
    throw goverseError(
      'UNKNOWN_MESSAGE_TYPE',
      `The Any holds ${JSON.stringify(typeUrl)}, a type this application has not registered; list its .proto in forRoot({ protobuf })`,
    );
  }

  /** The value in the family of the request's Any, or the nearest one that holds it. */
  encode(value: unknown, role: ValueRole, request: Uint8Array): Uint8Array {
    if (value === undefined) return packAny(EMPTY, new Uint8Array(0));
    const family = messageNameOf(unpackAny(request).typeUrl);
    if (family === JSON_MESSAGE) return encodeJsonMessage(classNameOf(value) ?? '', value, role);
    if (family === VALUE) return encodeStruct(VALUE, toStructPart(toJsonData(value, role)), role);
    if (family === STRUCT || family === LIST) return encodeStructFamily(value, role);
    return encodeWrapper(family, value, role) ?? encodeStructFamily(value, role);
  }
}

/** A serialised Any of `goverse.JsonMessage`. */
export function encodeJsonMessage(type: string, data: unknown, role: ValueRole): Uint8Array {
  return packAny(
    JSON_MESSAGE,
    encodeMessage(builtinMessage(JSON_MESSAGE), { type, json: encodeJson(data, role) }, role),
  );
}

/** Type and parsed data of the bytes of a `goverse.JsonMessage`. */
export function decodeJsonMessage(bytes: Uint8Array): { type: string; data: unknown } {
  const { type, json } = readBuiltin(JSON_MESSAGE, bytes) as { type: string; json: Uint8Array };
  return { type, data: decodeJson(json) };
}

function encodeWrapper(family: string, value: unknown, role: ValueRole): Uint8Array | undefined {
  const wanted = Object.hasOwn(WRAPPERS, family) ? WRAPPERS[family] : undefined;
  const name = wanted !== undefined && fitsScalar(wanted, value) ? family : naturalWrapper(value);
  return name === undefined ? undefined : packAny(name, encodeMessage(builtinMessage(name), { value }, role));
}

function naturalWrapper(value: unknown): string | undefined {
  if (typeof value === 'string') return 'google.protobuf.StringValue';
  if (typeof value === 'number') return 'google.protobuf.DoubleValue';
  if (typeof value === 'boolean') return 'google.protobuf.BoolValue';
  if (typeof value === 'bigint')
    return fitsScalar('int64', value) ? 'google.protobuf.Int64Value' : 'google.protobuf.UInt64Value';
  return value instanceof Uint8Array ? 'google.protobuf.BytesValue' : undefined;
}

function encodeStructFamily(value: unknown, role: ValueRole): Uint8Array {
  const data = toJsonData(value, role);
  if (Array.isArray(data)) return encodeStruct(LIST, toListParts(data), role);
  if (typeof data === 'object' && data !== null) return encodeStruct(STRUCT, toStructFields(data), role);
  return encodeStruct(VALUE, toStructPart(data), role);
}

function encodeStruct(name: string, message: object, role: ValueRole): Uint8Array {
  try {
    return packAny(name, builtinMessage(name).encode(message).finish());
  } catch (error) {
    const reason = role === 'result' ? 'RESULT_NOT_ENCODABLE' : 'INVALID_ARGUMENT';
    throw goverseError(reason, `The ${role} is nested deeper than a ${name} can be`, { cause: error });
  }
}

function readBuiltin(name: string, bytes: Uint8Array): object {
  try {
    return builtinMessage(name).decode(new StrictReader(bytes));
  } catch (error) {
    if (error instanceof GoverseError) throw error;
    throw goverseError('INVALID_ARGUMENT', `The Any claims to be a ${name}, but its bytes cannot be read`, {
      cause: error,
    });
  }
}
