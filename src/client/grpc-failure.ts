import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { goverseErrorOf, REASON_KEY } from '../rpc/grpc-errors.js';

/** Statuses grpc-js itself gives when a connection ends. */
const BROKEN: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN, status.CANCELLED]);

/** True if the gate ended the stream itself and says why. */
export function wasSaidByGate(error: unknown): boolean {
  return (error as Partial<ServiceError>).metadata?.get(REASON_KEY)[0] !== undefined;
}

/** Why a stream ended: what the gate said, or what the end of the connection means. */
export function streamError(error: unknown, gate: string): GoverseError {
  const { code, details } = error as Partial<ServiceError>;
  if (wasSaidByGate(error) || code === undefined || !BROKEN.has(code)) return goverseErrorOf(error);
  return goverseError('NOT_READY', `The connection to the gate ${gate} is gone: ${details ?? String(error)}`, {
    cause: error,
  });
}
