import { GoverseError, goverseError } from '../core/errors.js';
import { outcomeUnknown } from './open-requests.js';
import type { ClientRequest } from './transport.js';

/** What is already known about a failure of `fetch`: the error of the gate, or why this side gave up. */
export function knownReason(error: unknown, signal: AbortSignal): GoverseError | undefined {
  if (error instanceof GoverseError) return error;
  return signal.aborted && signal.reason instanceof GoverseError ? signal.reason : undefined;
}

/** What it means for a request that `fetch` failed. */
export function requestError(gate: string, request: ClientRequest, error: unknown): GoverseError {
  return neverSent(error) ? unreachable(gate, error) : outcomeUnknown(request, error, textOf(error));
}

export function unreachable(gate: string, cause: unknown): GoverseError {
  return goverseError('NOT_READY', `The gate ${gate} cannot be reached: ${textOf(cause)}`, { cause });
}

const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Browsers do not tell; there every failure leaves the outcome unknown. */
function neverSent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return typeof cause?.code === 'string' && UNSENT.has(cause.code);
}

function textOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return error instanceof Error ? error.message : String(error);
}
