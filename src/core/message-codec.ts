import type protobuf from 'protobufjs';
import { goverseError, GoverseError } from './errors.js';
import { MessageBuilder } from './message-build.js';
import { plainFromMessage } from './message-plain.js';
import type { PlainForm } from './message-plain.js';
import { StrictReader } from './strict-reader.js';
import type { ValueRole } from './value-walk.js';

/** A serialised message as a plain object (`plainFromMessage`). `INVALID_ARGUMENT` if the bytes are no such message. */
export function decodeMessage(
  type: protobuf.Type,
  bytes: Uint8Array,
  form: PlainForm = 'code',
): Record<string, unknown> {
  let message: object;
  try {
    message = type.decode(new StrictReader(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const text = `The payload is no ${type.fullName.slice(1)}: its bytes cannot be read (${why})`;
    throw goverseError('INVALID_ARGUMENT', text, { cause: error });
  }
  return plainFromMessage(type, message, form);
}

/** Serialises a plain object as a message of that type; `form` is the form it is in. Every violation is named. */
export function encodeMessage(
  type: protobuf.Type,
  value: unknown,
  role: ValueRole,
  form: PlainForm = 'code',
): Uint8Array {
  try {
    return type.encode(new MessageBuilder(role, form === 'json').build(type, value)).finish();
  } catch (error) {
    if (error instanceof GoverseError) throw error;
    const reason = role === 'result' ? 'RESULT_NOT_ENCODABLE' : 'INVALID_ARGUMENT';
    const why = error instanceof Error ? error.message : String(error);
    throw goverseError(reason, `The ${role} is no ${type.fullName.slice(1)}: ${why}`, { cause: error });
  }
}
