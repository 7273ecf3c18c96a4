import { STATUS_CODES } from 'node:http';
import type { GoverseError } from '../../core/index.js';
import { HttpRefusal } from './http-refusal.js';

/** An error, ready to be sent. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What Node's table of status texts does not know. */
const OWN_TITLES: Readonly<Record<number, string>> = { 499: 'Client Closed Request' };

/** Seconds in `Retry-After` unless the error says more. */
const RETRY_AFTER_S = 1;

/** The problem document (RFC 9457) of an error that is fit for clients. */
export function problemOf(error: GoverseError, traceId: string): ErrorAnswer {
  const status = error.httpStatus;
  const document = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? OWN_TITLES[status] ?? error.code,
    status,
    detail: error.message,
    reason: error.reason,
    code: error.code,
    traceId,
    details: error.details,
  };
  return { status, headers: errorHeaders(error, 'application/problem+json'), body: jsonOf(document) };
}

/** The headers of an error, whatever the form of its body. */
export function errorHeaders(error: GoverseError, contentType: string): Record<string, string> {
  const status = error.httpStatus;
  const headers: Record<string, string> = { 'content-type': contentType, 'cache-control': 'no-store' };
  if (error.retryable && (status === 429 || status === 503)) headers['retry-after'] = String(retryAfterSeconds(error));
  return error instanceof HttpRefusal ? { ...headers, ...error.headers } : headers;
}

function retryAfterSeconds(error: GoverseError): number {
  const ms = (error.details as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof ms === 'number' && ms > 0 ? Math.ceil(ms / 1000) : RETRY_AFTER_S;
}

/** Details come from the application; what JSON cannot hold must not cost the client the rest. */
function jsonOf(document: { details?: unknown }): string {
  try {
    return JSON.stringify(document);
  } catch {
    return JSON.stringify({ ...document, details: undefined });
  }
}
