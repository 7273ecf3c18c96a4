import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { GRPC_CODES, GoverseError, grpcCodeName } from './errors.js';
import type { GrpcCode } from './errors.js';

interface Mapped {
  readonly reason: string;
  readonly code: GrpcCode;
}

/** Source: wire.md, the table of Nest's exceptions. */
const BY_STATUS: Readonly<Record<number, Mapped>> = {
  400: { reason: 'INVALID_ARGUMENT', code: 'INVALID_ARGUMENT' },
  401: { reason: 'UNAUTHENTICATED', code: 'UNAUTHENTICATED' },
  403: { reason: 'ACCESS_DENIED', code: 'PERMISSION_DENIED' },
  404: { reason: 'NOT_FOUND', code: 'NOT_FOUND' },
  409: { reason: 'CONFLICT', code: 'ABORTED' },
  413: { reason: 'PAYLOAD_TOO_LARGE', code: 'RESOURCE_EXHAUSTED' },
  429: { reason: 'RATE_LIMITED', code: 'RESOURCE_EXHAUSTED' },
};

/**
 * The error of an exception of Nest, by the table of wire.md; undefined for anything else. Statuses that are no fault of
 * the caller (5xx) become `METHOD_FAILED`.
 */
export function fromNestException(thrown: unknown): GoverseError | undefined {
  if (thrown instanceof HttpException) return fromHttp(thrown);
  if (thrown instanceof RpcException) return fromRpc(thrown);
  return undefined;
}

function fromHttp(thrown: HttpException): GoverseError {
  const status = thrown.getStatus();
  if (status < 400 || status > 499) return GoverseError.from(thrown);
  const mapped = BY_STATUS[status] ?? { reason: 'FAILED_PRECONDITION', code: 'FAILED_PRECONDITION' };
  const messages = messagesOf(thrown.getResponse());
  return new GoverseError({
    ...mapped,
    message: messages.length > 0 ? messages.join('; ') : thrown.message,
    details: messages.length > 1 ? { messages } : undefined,
    retryable: false,
    cause: thrown,
  });
}

/** Validation pipes put one message per violation into the response. */
function messagesOf(response: string | object): string[] {
  const message = typeof response === 'object' && 'message' in response ? response.message : undefined;
  return Array.isArray(message) ? message.map(String) : [];
}

function fromRpc(thrown: RpcException): GoverseError {
  const error = thrown.getError();
  const code = typeof error === 'object' && 'code' in error ? codeOf(error.code) : 'UNKNOWN';
  const message = typeof error === 'object' && 'message' in error ? String(error.message) : thrown.message;
  return new GoverseError({ reason: reasonOf(code), code, message, retryable: false, cause: thrown });
}

function codeOf(code: unknown): GrpcCode {
  if (typeof code === 'number') return grpcCodeName(code);
  return typeof code === 'string' && code in GRPC_CODES ? (code as GrpcCode) : 'UNKNOWN';
}

function reasonOf(code: GrpcCode): string {
  return code === 'PERMISSION_DENIED' ? 'ACCESS_DENIED' : code;
}
