import type { GoverseError } from '../../core/index.js';
import { HttpRefusal } from '../http/http-refusal.js';
import type { ErrorAnswer } from '../http/problem.js';
import { errorHeaders } from '../http/problem.js';

/** True for paths whose errors have the form of these routes. */
export function isCompatiblePath(path: string): boolean {
  return path.startsWith('/api/v1/');
}

/** What an error is called when nothing below says more. */
export type CompatibleFailure = 'CALL_FAILED' | 'CREATE_FAILED' | 'DELETE_FAILED';

/** Reasons of refusals that are codes of these routes themselves (wire.md, "HTTP"). */
const OWN_CODES = new Set([
  'METHOD_NOT_ALLOWED',
  'INVALID_PATH',
  'INVALID_PARAMETERS',
  'INVALID_JSON',
  'INVALID_BASE64',
  'INVALID_PROTOBUF',
]);

/**
 * `{"error", "code"}` of an error that is fit for clients, with the status of the error table. What the old form has no
 * place for is in the headers `goverse-reason` and `goverse-trace-id`.
 */
export function compatibleError(failure: CompatibleFailure, error: GoverseError, traceId: string): ErrorAnswer {
  const headers = {
    ...errorHeaders(error, 'application/json'),
    'goverse-reason': error.reason,
    'goverse-trace-id': traceId,
  };
  const body = JSON.stringify({ error: error.message, code: codeOf(failure, error) });
  return { status: error.httpStatus, headers, body };
}

function codeOf(failure: CompatibleFailure, error: GoverseError): string {
  if (error instanceof HttpRefusal) return OWN_CODES.has(error.reason) ? error.reason : 'INVALID_BODY';
  if (error.reason === 'INVALID_OBJECT_ID') return 'INVALID_PARAMETERS';
  if (error.httpStatus === 401) return 'UNAUTHENTICATED';
  if (error.httpStatus === 403) return 'ACCESS_DENIED';
  return error.httpStatus === 404 && failure === 'CALL_FAILED' ? 'OBJECT_NOT_FOUND' : failure;
}
