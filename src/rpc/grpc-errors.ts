import { Metadata, status as grpcStatus } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { KnownReason } from '../core/index.js';
import { GoverseError, grpcCodeName, isRetryableReason } from '../core/index.js';

/** Metadata keys that carry the facts of a GoverseError beside the gRPC status. */
export const REASON_KEY = 'goverse-reason';
export const RETRY_AFTER_KEY = 'retry-after-ms';
export const RETRYABLE_KEY = 'goverse-retryable';
/** JSON in UTF-8. */
export const DETAILS_KEY = 'goverse-details-bin';

/** What callers wait when the error does not say for how long it holds. */
const DEFAULT_RETRY_AFTER_MS = 100;

/** gRPC stacks drop calls whose trailers exceed 8 KiB; message and details together stay below that. */
const MESSAGE_BYTES_LIMIT = 3072;
const DETAILS_BYTES_LIMIT = 3072;

/** A status as grpc-js servers take it: `callback(status)` of unary calls, `stream.emit('error', status)` of streams. */
export interface GrpcStatus {
  code: number;
  details: string;
  metadata: Metadata;
}

/** The gRPC status of any error; one that is not a GoverseError becomes `METHOD_FAILED`. */
export function grpcStatusOf(error: unknown): GrpcStatus {
  const facts = GoverseError.from(error);
  const metadata = new Metadata();
  metadata.set(REASON_KEY, facts.reason);
  const retryAfter = retryAfterMs(facts);
  if (retryAfter !== undefined) metadata.set(RETRY_AFTER_KEY, String(retryAfter));
  if (facts.retryable !== isRetryableReason(facts.reason)) metadata.set(RETRYABLE_KEY, String(facts.retryable));
  const details = detailsBytes(facts.details);
  if (details) metadata.set(DETAILS_KEY, details);
  return { code: facts.grpcCode, details: headerText(facts.message), metadata };
}

/**
 * The GoverseError a server answered with. A status without `goverse-reason` was made by grpc-js or by a server that is
 * not ours: the reason then follows from the code.
 */
export function goverseErrorOf(error: unknown): GoverseError {
  if (error instanceof GoverseError) return error;
  if (!isServiceError(error)) return GoverseError.from(error);
  const reason = error.metadata?.get(REASON_KEY)[0];
  if (typeof reason !== 'string') return fromCode(error);
  const retryable = error.metadata.get(RETRYABLE_KEY)[0];
  return GoverseError.fromWire({
    reason,
    code: error.code,
    message: error.details,
    details: parseDetails(error.metadata.get(DETAILS_KEY)[0]),
    retryable: retryable === undefined ? isRetryableReason(reason) : retryable === 'true',
  });
}

/** Milliseconds after which a refused request may succeed; undefined for errors that waiting does not cure. */
export function retryAfterMs(error: GoverseError): number | undefined {
  if (error.code !== 'RESOURCE_EXHAUSTED' || !error.retryable) return undefined;
  const own = (error.details as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof own === 'number' && own >= 0 ? Math.ceil(own) : DEFAULT_RETRY_AFTER_MS;
}

const REASON_BY_CODE: Partial<Record<number, KnownReason>> = {
  [grpcStatus.CANCELLED]: 'CANCELLED',
  [grpcStatus.INVALID_ARGUMENT]: 'INVALID_ARGUMENT',
  [grpcStatus.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [grpcStatus.PERMISSION_DENIED]: 'ACCESS_DENIED',
  [grpcStatus.UNIMPLEMENTED]: 'METHOD_NOT_FOUND',
  [grpcStatus.UNAVAILABLE]: 'NOT_READY',
  [grpcStatus.UNAUTHENTICATED]: 'UNAUTHENTICATED',
};

function fromCode(error: ServiceError): GoverseError {
  const code = grpcCodeName(error.code);
  // grpc-js has no other word for a message above its limit.
  const tooLarge = error.code === grpcStatus.RESOURCE_EXHAUSTED && /larger than|bigger than|max/i.test(error.details);
  const reason = tooLarge ? 'PAYLOAD_TOO_LARGE' : (REASON_BY_CODE[error.code] ?? 'METHOD_FAILED');
  return new GoverseError({ reason, code, message: error.details || error.message, cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'details' in error;
}

function detailsBytes(details: unknown): Buffer | undefined {
  if (details === undefined) return undefined;
  try {
    const bytes = Buffer.from(JSON.stringify(details));
    return bytes.length <= DETAILS_BYTES_LIMIT ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function parseDetails(bytes: string | Buffer | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** grpc-js percent-encodes the text itself, but throws on lone surrogates and has no limit. */
function headerText(message: string): string {
  const text = message.slice(0, MESSAGE_BYTES_LIMIT).toWellFormed();
  const encoded = encodeURI(text);
  if (encoded.length <= MESSAGE_BYTES_LIMIT && message.length <= MESSAGE_BYTES_LIMIT) return text;
  const share = (MESSAGE_BYTES_LIMIT - 16) / Math.max(encoded.length, MESSAGE_BYTES_LIMIT);
  return headerText(`${text.slice(0, Math.floor(text.length * share)).toWellFormed()}...`);
}
