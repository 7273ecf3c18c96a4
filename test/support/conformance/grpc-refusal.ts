import { RawFailure } from '../raw-call.js';
import { Refused } from './protocol.js';

/** Turns failures of gRPC calls into refusals. */
export async function refusing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof RawFailure)) throw error;
    const { details, code, reason } = error;
    // Deadlines and cancellations of its own a gRPC client does not wait for: those have a code and no more.
    const own = code === 'DEADLINE_EXCEEDED' || code === 'CANCELLED' ? code : undefined;
    throw new Refused(details, code, reason ?? own);
  }
}
