import type { GrpcCode } from '../core/errors.js';
import { ERROR_CATALOGUE, GoverseError, GRPC_CODES } from '../core/errors.js';

/** Codes of reasons a method chose itself; those of the framework have theirs in the catalogue. */
const CODE_BY_STATUS: Partial<Record<number, GrpcCode>> = {
  400: 'FAILED_PRECONDITION',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'RESOURCE_EXHAUSTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Reasons of answers that are no problem document: made by a proxy, or by something that is no gate. */
const REASON_BY_STATUS: Partial<Record<number, keyof typeof ERROR_CATALOGUE>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'ACCESS_DENIED',
  404: 'METHOD_NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
  503: 'NOT_READY',
};

/** Members of RFC 9457 and of ours. Source: https://www.rfc-editor.org/rfc/rfc9457#name-members-of-a-problem-detail */
interface ProblemDocument {
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly reason?: unknown;
  readonly details?: unknown;
  readonly code?: unknown;
  readonly traceId?: unknown;
}

/** The error a gate answered with. */
export async function errorOfResponse(response: Response): Promise<GoverseError> {
  const problem = await readProblem(response);
  const { reason } = problem;
  if (typeof reason !== 'string' || !REASON.test(reason)) return foreignError(response);
  const known = Object.hasOwn(ERROR_CATALOGUE, reason);
  return new GoverseError({
    reason,
    message: firstText(problem.detail, problem.title) ?? `The gate answered ${response.status}`,
    details: problem.details ?? traceOf(problem),
    retryable: mayBeRepeated(response),
    ...(known ? {} : { code: codeOf(problem.code) ?? CODE_BY_STATUS[response.status] ?? 'UNKNOWN' }),
  });
}

/** A gate says with `Retry-After` that nothing was executed; without it, a method ran and passed on what it was told. */
function mayBeRepeated({ status, headers }: Response): boolean {
  return (status === 429 || status === 503) && headers.has('retry-after');
}

const REASON = /^[A-Z][A-Z0-9_]{0,63}$/;

async function readProblem(response: Response): Promise<ProblemDocument> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

function foreignError(response: Response): GoverseError {
  const reason = REASON_BY_STATUS[response.status] ?? 'METHOD_FAILED';
  return new GoverseError({
    reason,
    // Whoever made it does not say whether the request got further.
    retryable: false,
    message: `${response.url} answered ${response.status} ${response.statusText}`.trim(),
  });
}

function codeOf(code: unknown): GrpcCode | undefined {
  return typeof code === 'string' && Object.hasOwn(GRPC_CODES, code) ? (code as GrpcCode) : undefined;
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

function traceOf({ traceId }: ProblemDocument): unknown {
  return typeof traceId === 'string' ? { traceId } : undefined;
}
