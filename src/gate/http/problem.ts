import { STATUS_CODES } from 'node:http';
import type { GoverseError } from '../../core/index.js';
import { HttpRefusal } from './http-refusal.js';

/** An error as RFC 9457 wants it. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What Node's table of status texts does not know. */
const OWN_TITLES: Readonly<Record<number, string>> = { 499: 'Client Closed Request' };

/** Seconds in `Retry-After` unless the error says more. */
const RETRY_AFTER_S = 1;

/** The problem document of an error that is fit for clients. */
export function problemOf(error: GoverseError, traceId: string): Problem {
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
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  if (error.retryable && (status === 429 || status === 503)) headers['retry-after'] = String(retryAfterSeconds(error));
  if (error instanceof HttpRefusal) Object.assign(headers, error.headers);
  return { status, headers, body: jsonOf(document) };
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
