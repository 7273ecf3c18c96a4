import protobuf from 'protobufjs';
import { tracksPresence } from './field-presence.js';
import { fromWireScalar, isLongType, toJsonScalar } from './message-scalar.js';
import type { LongHalves } from './message-scalar.js';
import { setOwn } from './value-walk.js';

/** Who reads the plain object: TypeScript code, or JSON (proto3's mapping). */
export type PlainForm = 'code' | 'json';

/**
 * A decoded message as a plain object. Scalars without presence, lists and maps are always there (with their default);
 * absent messages, `optional` fields and unset members of a `oneof` are not.
 *
 * | protobuf | `code` | `json` |
 * |---|---|---|
 * | 64-bit integers | number, `bigint` when no number holds it | decimal string |
 * | `bytes` | `Uint8Array` | base64 |
 * | enum | number | name (number if it has none) |
 * | `map` | object | object |
 * | NaN, Infinity | number | string |
 */
export function plainFromMessage(
  type: protobuf.Type,
  message: object,
  form: PlainForm = 'code',
): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const present = Object.hasOwn(message, field.name);
    const value = present ? (message as Record<string, unknown>)[field.name] : undefined;
    const part = present ? plainField(field, value, form) : absentField(field, form);
    if (part !== undefined) setOwn(plain, field.name, part);
  }
  return plain;
}

function plainField(field: protobuf.FieldBase, value: unknown, form: PlainForm): unknown {
  if (field instanceof protobuf.MapField) return plainMap(field, value as object, form);
  if (field.repeated) return (value as unknown[]).map((part) => plainSingle(field, part, form));
  return plainSingle(field, value, form);
}

function absentField(field: protobuf.FieldBase, form: PlainForm): unknown {
  if (field.repeated) return [];
  if (field.map) return {};
  if (tracksPresence(field)) return undefined;
  return plainSingle(field, field.type === 'bytes' ? new Uint8Array(0) : field.typeDefault, form);
}

function plainSingle(field: protobuf.FieldBase, value: unknown, form: PlainForm): unknown {
  const { resolvedType } = field;
  // A map entry on the wire may lack its value, which then is the default.
  if (resolvedType instanceof protobuf.Type) return plainFromMessage(resolvedType, value ?? {}, form);
  if (resolvedType instanceof protobuf.Enum) {
    return form === 'json' ? (resolvedType.valuesById[value as number] ?? value) : value;
  }
  const scalar = fromWireScalar(field.type, value);
  return form === 'json' ? toJsonScalar(field.type, scalar) : scalar;
}

function plainMap(field: protobuf.MapField, map: object, form: PlainForm): Record<string, unknown> {
  const plain = {};
  for (const [key, value] of Object.entries(map))
    setOwn(plain, plainKey(field.keyType, key), plainSingle(field, value, form));
  return plain;
}

/** protobufjs keys maps of 64-bit integers by eight raw characters. */
function plainKey(keyType: string, key: string): string {
  if (!isLongType(keyType)) return key;
  const halves: LongHalves = { low: rawInt(key, 0), high: rawInt(key, 4), unsigned: keyType.startsWith('u') };
  return String(fromWireScalar(keyType, halves));
}

function rawInt(text: string, from: number): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => text.charCodeAt(from + i)) as [number, number, number, number];
  return a | (b << 8) | (c << 16) | (d << 24);
}
