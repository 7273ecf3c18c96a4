import type { GoverseError, ObjectCall } from '../core/index.js';
import { goverseError } from '../core/index.js';
import { goverseErrorOf } from './grpc-errors.js';

/** A call that was never handed to the connection: certainly not executed. */
export function notSent(address: string, why: unknown): GoverseError {
  const cause = why === undefined ? undefined : goverseErrorOf(why);
  if (cause?.reason === 'UNAUTHENTICATED') {
    const message = `${address} refused this process; give every process of the cluster the same clusterSecret`;
    return goverseError('NOT_READY', message, { cause, retryable: false });
  }
  const detail = cause === undefined ? 'the connection ended' : cause.message;
  return goverseError('NOT_READY', `${address} cannot be reached, nothing was sent: ${detail}`, { cause });
}

/** A call that was handed to the connection and got no answer: it may have run; `repeatable` if it may run again. */
export function outcomeUnknown(address: string, what: string, why: unknown, repeatable = false): GoverseError {
  const cause = why === undefined ? undefined : goverseErrorOf(why);
  const detail = cause === undefined ? '' : `: ${cause.message}`;
  return goverseError(
    'OUTCOME_UNKNOWN',
    `The connection to ${address} broke after ${what} was sent; it may have run${detail}`,
    { cause, retryable: repeatable },
  );
}

export function overloaded(message: string): GoverseError {
  return goverseError('OVERLOADED', `${message}; call again later or slower`, { details: { retryAfterMs: 100 } });
}

/** The call as errors name it. */
export function describeCall(call: ObjectCall): string {
  return call.verb === 'call' ? `the call ${call.objectId}.${call.method}` : `the ${call.verb} of ${call.objectId}`;
}

/** `<Type>.<Method>` of a call; the type stands in the id unless it was given apart. */
export function typedMethod({ objectId, type, method }: ObjectCall): string {
  const named = type || objectId.slice(objectId.indexOf('/') + 1).split('-', 1)[0];
  return `${named}.${method}`;
}
