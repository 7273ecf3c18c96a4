import protobuf from 'protobufjs';
import type { JsonSchema } from './argument-schema.js';

/** Source: the JSON mapping of proto3, https://protobuf.dev/programming-guides/json/ */
const SCALARS: Readonly<Record<string, JsonSchema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', contentEncoding: 'base64' },
  double: { type: 'number' },
  float: { type: 'number' },
  int32: { type: 'integer' },
  sint32: { type: 'integer' },
  sfixed32: { type: 'integer' },
  uint32: { type: 'integer', minimum: 0 },
  fixed32: { type: 'integer', minimum: 0 },
};

/** 64-bit integers travel as decimal text; numbers are read too. */
const LONG: JsonSchema = { type: ['string', 'integer'] };

/** The schema of the JSON form of a protobuf message; it and the messages it holds are in `$defs`. */
export function messageSchema(type: protobuf.Type): JsonSchema {
  const defs: Record<string, JsonSchema> = {};
  return { ...reference(type, defs), $defs: defs };
}

function reference(type: protobuf.Type, defs: Record<string, JsonSchema>): JsonSchema {
  const name = type.fullName.slice(1);
  if (!Object.hasOwn(defs, name)) {
    defs[name] = {};
    const properties = Object.fromEntries(type.fieldsArray.map((field) => [field.name, ofField(field, defs)]));
    defs[name] = { type: 'object', properties };
  }
  return { $ref: `#/$defs/${name}` };
}

function ofField(field: protobuf.FieldBase, defs: Record<string, JsonSchema>): JsonSchema {
  const single = ofType(field, defs);
  if (field instanceof protobuf.MapField) return { type: 'object', additionalProperties: single };
  return field.repeated ? { type: 'array', items: single } : single;
}

function ofType({ type, resolvedType }: protobuf.FieldBase, defs: Record<string, JsonSchema>): JsonSchema {
  if (resolvedType instanceof protobuf.Type) return reference(resolvedType, defs);
  if (resolvedType instanceof protobuf.Enum) return { enum: Object.keys(resolvedType.values) };
  return SCALARS[type] ?? LONG;
}
