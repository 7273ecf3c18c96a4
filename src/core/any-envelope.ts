import { builtinMessage } from './builtin-messages.js';
import { goverseError } from './errors.js';
import { StrictReader } from './strict-reader.js';

/** The two fields of a `google.protobuf.Any`. */
export interface AnyEnvelope {
  /** `type.googleapis.com/<full name>`; empty if there is no Any. */
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** A serialised `google.protobuf.Any` around a serialised message; `type` is a full name or a whole type URL. */
export function packAny(type: string, value: Uint8Array): Uint8Array {
  const typeUrl = type.includes('/') ? type : TYPE_URL_PREFIX + type;
  const any = builtinMessage('google.protobuf.Any');
  return any.encode(value.length > 0 ? { type_url: typeUrl, value } : { type_url: typeUrl }).finish();
}

/** The fields of a serialised `google.protobuf.Any`. `INVALID_ARGUMENT` if the bytes are none. */
export function unpackAny(bytes: Uint8Array): AnyEnvelope {
  try {
    const { type_url: typeUrl, value } = builtinMessage('google.protobuf.Any').decode(
      new StrictReader(bytes),
    ) as unknown as {
      type_url: string;
      value: Uint8Array;
    };
    return { typeUrl, value: Uint8Array.from(value) };
  } catch (error) {
    throw goverseError('INVALID_ARGUMENT', 'The payload is no google.protobuf.Any: its bytes cannot be read', {
      cause: error,
    });
  }
}

/** Full name of the message a type URL stands for: what follows its last slash. */
export function messageNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}
