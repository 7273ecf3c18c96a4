import type { WireError } from '../core/errors.js';
import { isRetryableReason } from '../core/errors.js';

/** The facts of an error frame, with what it leaves out. */
export function wireError(facts: Partial<WireError> & { readonly retryAfterMs?: number | undefined }): WireError {
  const { reason = 'METHOD_FAILED', code = 2, message = '', retryAfterMs } = facts;
  const wait = retryAfterMs ? { retryAfterMs } : undefined;
  return {
    reason,
    code,
    message,
    details: facts.details ?? wait,
    retryable: facts.retryable ?? isRetryableReason(reason),
  };
}
