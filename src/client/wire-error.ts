import type { WireError } from '../core/errors.js';
import { ERROR_CATALOGUE } from '../core/errors.js';

/** The facts of an error frame, with what it leaves out. */
export function wireError(facts: Partial<WireError> & { readonly retryAfterMs?: number | undefined }): WireError {
  const { reason = 'METHOD_FAILED', code = 2, message = '', retryAfterMs } = facts;
  const known = Object.hasOwn(ERROR_CATALOGUE, reason) && ERROR_CATALOGUE[reason as keyof typeof ERROR_CATALOGUE];
  const wait = retryAfterMs ? { retryAfterMs } : undefined;
  return {
    reason,
    code,
    message,
    details: facts.details ?? wait,
    retryable: facts.retryable ?? (known ? known.retryable : false),
  };
}
