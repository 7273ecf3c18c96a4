import type { CallResult } from '../../core/index.js';
import { packAny } from '../../core/index.js';
import { wireBytes } from '../client-result.js';

const EMPTY = packAny('google.protobuf.Empty', new Uint8Array(0));

/** The serialised `google.protobuf.Any` of a result; one of `Empty` when there is none. */
export function anyResult(result: CallResult): Uint8Array {
  const bytes = wireBytes(result);
  return bytes.length > 0 ? bytes : EMPTY;
}
