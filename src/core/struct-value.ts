import { setOwn } from './value-walk.js';

/** A decoded `google.protobuf.Value`: one of its members is set. */
export interface StructPart {
  readonly nullValue?: number;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: StructFields;
  readonly listValue?: ListParts;
}

export interface StructFields {
  readonly fields?: Record<string, StructPart>;
}

export interface ListParts {
  readonly values?: readonly StructPart[];
}

/** JSON data as a `google.protobuf.Value`. */
export function toStructPart(data: unknown): StructPart {
  if (typeof data === 'string') return { stringValue: data };
  if (typeof data === 'number') return { numberValue: data };
  if (typeof data === 'boolean') return { boolValue: data };
  if (Array.isArray(data)) return { listValue: toListParts(data) };
  if (typeof data === 'object' && data !== null) return { structValue: toStructFields(data) };
  return { nullValue: 0 };
}

/** A JSON object as a `google.protobuf.Struct`. */
export function toStructFields(data: object): StructFields {
  const fields: Record<string, StructPart> = {};
  for (const [key, part] of Object.entries(data)) setOwn(fields, key, toStructPart(part));
  return { fields };
}

/** A JSON array as a `google.protobuf.ListValue`. */
export function toListParts(data: readonly unknown[]): ListParts {
  return { values: data.map(toStructPart) };
}

/** `null` for a part without a member, or for an entry that came without a part. */
export function fromStructPart(part: StructPart | null): unknown {
  if (part === null) return null;
  if (Object.hasOwn(part, 'stringValue')) return part.stringValue;
  if (Object.hasOwn(part, 'numberValue')) return part.numberValue;
  if (Object.hasOwn(part, 'boolValue')) return part.boolValue;
  if (part.structValue && Object.hasOwn(part, 'structValue')) return fromStructFields(part.structValue);
  if (part.listValue && Object.hasOwn(part, 'listValue')) return fromListParts(part.listValue);
  return null;
}

export function fromStructFields({ fields }: StructFields): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(fields ?? {})) setOwn(data, key, fromStructPart(part));
  return data;
}

export function fromListParts({ values }: ListParts): unknown[] {
  return (values ?? []).map(fromStructPart);
}
