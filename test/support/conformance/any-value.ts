import type { RawAny } from '../raw-protocol.js';
import { jsonAny, readAny, readJsonAny } from '../raw-protocol.js';

interface RawValue {
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: { readonly fields: Record<string, RawValue> };
  readonly listValue?: { readonly values?: RawValue[] };
}

/** An argument as clients of GoVerse send it; none for `undefined`. */
export function argumentAny(value: unknown): RawAny | undefined {
  return value === undefined ? undefined : jsonAny(value);
}

/** The plain value in an Any. */
export function valueOfAny(any: RawAny | null | undefined): unknown {
  if (!any || any.type_url === '') return undefined;
  const { type, message } = readAny(any);
  if (type === 'google.protobuf.Empty') return undefined;
  if (type === 'goverse.JsonMessage') return readJsonAny(any).data;
  if (type === 'google.protobuf.Struct') return ofStruct(message as { fields: Record<string, RawValue> });
  if (type === 'google.protobuf.ListValue') return (message as { values: RawValue[] }).values.map(ofValue);
  if (type === 'google.protobuf.Value') return ofValue(message);
  return message['value'];
}

function ofStruct({ fields }: { readonly fields: Record<string, RawValue> }): unknown {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, ofValue(value)]));
}

function ofValue(value: RawValue): unknown {
  if (value.structValue) return ofStruct(value.structValue);
  if (value.listValue) return (value.listValue.values ?? []).map(ofValue);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
}
