import type { CallResult } from '../core/index.js';
import { goverseError } from '../core/index.js';

/** The bytes of a result for a client; empty when the method returned nothing. */
export function wireBytes({ payload }: CallResult): Uint8Array {
  if (payload.kind !== 'value') return payload.bytes;
  throw goverseError('RESULT_NOT_ENCODABLE', 'The result reached the gate as a live value instead of bytes');
}
