import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { goverseErrorOf, REASON_KEY } from '../rpc/grpc-errors.js';

/** Statuses grpc-js itself gives when a connection ends under a call that was already sent. */
const BROKEN: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN, status.CANCELLED]);

/** What grpc-js says when a call never left this process. */
const UNSENT =
  /^(No connection established|Name resolution failed|Channel has been shut down|Channel closed before call started)/;

/** The error of a unary call: the gate's own, or what the end of the connection means for it. */
export function callError(error: unknown, what: string): GoverseError {
  const failure = error as Partial<ServiceError>;
  const saidByGate = failure.metadata?.get(REASON_KEY)[0] !== undefined;
  if (saidByGate || failure.code === undefined || !BROKEN.has(failure.code)) return goverseErrorOf(error);
  const why = failure.details ?? String(error);
  if (UNSENT.test(why)) return goverseError('NOT_READY', `The gate cannot be reached: ${why}`, { cause: error });
  return goverseError('OUTCOME_UNKNOWN', `The connection broke before ${what} was answered; it may have run: ${why}`, {
    cause: error,
  });
}

/** Why a stream of pushes ended. */
export function streamError(error: unknown, gate: string): GoverseError {
  const failure = error as Partial<ServiceError>;
  const saidByGate = failure.metadata?.get(REASON_KEY)[0] !== undefined;
  if (saidByGate || failure.code === undefined || !BROKEN.has(failure.code)) return goverseErrorOf(error);
  return goverseError('NOT_READY', `The connection to the gate ${gate} is gone: ${failure.details ?? String(error)}`, {
    cause: error,
  });
}
