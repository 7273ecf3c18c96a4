/** The 16 non-OK gRPC status codes by name. Source: https://grpc.io/docs/guides/status-codes/ */
export const GRPC_CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcCode = keyof typeof GRPC_CODES;

/** HTTP status of each gRPC code. Source: google/rpc/code.proto */
const HTTP_BY_CODE: Record<GrpcCode, number> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

interface CatalogueEntry {
  readonly code: GrpcCode;
  readonly http: number;
  /** Nothing was executed: the same request may be sent again. */
  readonly retryable: boolean;
}

const entry = (code: GrpcCode, http: number, retryable = false): CatalogueEntry => ({ code, http, retryable });

/** Every reason the framework itself gives, with its gRPC code and HTTP status (docs/errors.md). */
export const ERROR_CATALOGUE = {
  INVALID_ARGUMENT: entry('INVALID_ARGUMENT', 400),
  INVALID_OBJECT_ID: entry('INVALID_ARGUMENT', 400),
  INVALID_CLIENT_ID: entry('INVALID_ARGUMENT', 400),
  UNKNOWN_MESSAGE_TYPE: entry('INVALID_ARGUMENT', 400),
  UNAUTHENTICATED: entry('UNAUTHENTICATED', 401),
  ACCESS_DENIED: entry('PERMISSION_DENIED', 403),
  CLIENT_ID_NOT_YOURS: entry('PERMISSION_DENIED', 403),
  UNKNOWN_TYPE: entry('UNIMPLEMENTED', 404),
  METHOD_NOT_FOUND: entry('UNIMPLEMENTED', 404),
  CLIENT_NOT_CONNECTED: entry('NOT_FOUND', 404),
  TYPE_MISMATCH: entry('ALREADY_EXISTS', 409),
  ALREADY_EXISTS: entry('ALREADY_EXISTS', 409),
  CALL_CYCLE: entry('ABORTED', 409),
  PAYLOAD_TOO_LARGE: entry('RESOURCE_EXHAUSTED', 413),
  OVERLOADED: entry('RESOURCE_EXHAUSTED', 429, true),
  RATE_LIMITED: entry('RESOURCE_EXHAUSTED', 429, true),
  QUEUE_FULL: entry('RESOURCE_EXHAUSTED', 429, true),
  CANCELLED: entry('CANCELLED', 499),
  RESULT_NOT_ENCODABLE: entry('INTERNAL', 500),
  METHOD_FAILED: entry('UNKNOWN', 500),
  NOT_READY: entry('UNAVAILABLE', 503, true),
  NO_OWNER: entry('UNAVAILABLE', 503, true),
  NOT_OWNER: entry('UNAVAILABLE', 503, true),
  FENCED: entry('UNAVAILABLE', 503, true),
  GATE_NOT_CONNECTED: entry('UNAVAILABLE', 503, true),
  OUTCOME_UNKNOWN: entry('UNAVAILABLE', 503),
  DEADLINE_EXCEEDED: entry('DEADLINE_EXCEEDED', 504),
} as const satisfies Record<string, CatalogueEntry>;

/** A reason of the framework's own catalogue. User code may use any other `UPPER_SNAKE` word. */
export type KnownReason = keyof typeof ERROR_CATALOGUE;

export interface GoverseErrorFacts {
  /** Stable, `UPPER_SNAKE`; travels unchanged to every caller and client. */
  reason: string;
  /** gRPC code; default: the catalogue's for a known reason, else `UNKNOWN`. */
  code?: GrpcCode;
  message: string;
  /** Plain data (JSON) for the caller. */
  details?: unknown;
  /** Nothing was executed, sending again is safe. Default: the catalogue's. */
  retryable?: boolean;
  cause?: unknown;
}

/** An error as it travels in Link frames and metadata. */
export interface WireError {
  reason: string;
  /** Number of the gRPC code. */
  code: number;
  message: string;
  details?: unknown;
  retryable: boolean;
}

const REASON = /^[A-Z][A-Z0-9_]{0,63}$/;

/**
 * The one error class of every path: thrown on one node it is the same class, with the same facts, on another
 * node and in the client. `reason` is stable and meant for programs, `message` for people.
 */
export class GoverseError extends Error {
  readonly reason: string;
  readonly code: GrpcCode;
  readonly details: unknown;
  readonly retryable: boolean;

  constructor(facts: GoverseErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'GoverseError';
    if (!REASON.test(facts.reason)) {
      throw new TypeError(
        `The reason of a GoverseError must be UPPER_SNAKE (at most 64 characters), not ${JSON.stringify(facts.reason)}`,
      );
    }
    const known = catalogueEntry(facts.reason);
    this.reason = facts.reason;
    this.code = facts.code ?? known?.code ?? 'UNKNOWN';
    if (!Object.hasOwn(GRPC_CODES, this.code)) {
      throw new TypeError(
        `${JSON.stringify(facts.code)} is no gRPC code; use one of ${Object.keys(GRPC_CODES).join(', ')}`,
      );
    }
    this.details = facts.details;
    this.retryable = facts.retryable ?? known?.retryable ?? false;
  }

  /** The number of `code` on the wire. */
  get grpcCode(): number {
    return GRPC_CODES[this.code];
  }

  /** HTTP status: the catalogue's for a known reason with its own code, else by the usual table of the code. */
  get httpStatus(): number {
    const known = catalogueEntry(this.reason);
    return known?.code === this.code ? known.http : HTTP_BY_CODE[this.code];
  }

  toWire(): WireError {
    const wire: WireError = {
      reason: this.reason,
      code: this.grpcCode,
      message: this.message,
      retryable: this.retryable,
    };
    if (this.details !== undefined) wire.details = this.details;
    return wire;
  }

  static fromWire(wire: WireError): GoverseError {
    return new GoverseError({
      reason: REASON.test(wire.reason) ? wire.reason : 'METHOD_FAILED',
      code: grpcCodeName(wire.code),
      message: wire.message,
      details: wire.details,
      retryable: wire.retryable,
    });
  }

  /** `error` itself if it is a GoverseError, else a `METHOD_FAILED` that keeps its name and message. */
  static from(error: unknown): GoverseError {
    if (error instanceof GoverseError) return error;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : `threw ${describeThrown(error)}`;
    return new GoverseError({ reason: 'METHOD_FAILED', message, cause: error });
  }
}

/** A GoverseError of the catalogue: reason and what happened, to what, and what to do. */
export function goverseError(
  reason: KnownReason,
  message: string,
  extra: { details?: unknown; cause?: unknown; retryable?: boolean } = {},
): GoverseError {
  return new GoverseError({ reason, message, ...extra });
}

/** Reasons whose message helps callers in the cluster by naming what else there is. */
const INWARD = ['UNKNOWN_TYPE', 'METHOD_NOT_FOUND'] as const;

/**
 * A GoverseError whose message tells callers in the cluster what else there is. Clients hear `forClients` in its place,
 * however far the error has come: an object may pass on one that it got itself.
 */
export function inwardError(reason: (typeof INWARD)[number], message: string, forClients: string): GoverseError {
  return goverseError(reason, message, { details: { forClients } });
}

/** The error as clients may see it. Those of the application stay as they are, whatever their details hold. */
export function outward(error: GoverseError): GoverseError {
  const { forClients } = (error.details ?? {}) as { forClients?: unknown };
  if (typeof forClients !== 'string' || !hasReason(error, ...INWARD)) return error;
  const { reason, code, retryable } = error;
  return new GoverseError({ reason, code, retryable, message: forClients });
}

/** True for a GoverseError with one of these reasons. */
export function hasReason(error: unknown, ...reasons: KnownReason[]): error is GoverseError {
  return error instanceof GoverseError && (reasons as string[]).includes(error.reason);
}

/** Whether errors of a reason say that nothing was executed, unless they say otherwise; false for reasons of applications. */
export function isRetryableReason(reason: string): boolean {
  return catalogueEntry(reason)?.retryable ?? false;
}

/** Name of a gRPC code number; unknown numbers are `UNKNOWN`. */
export function grpcCodeName(code: number): GrpcCode {
  const found = Object.entries(GRPC_CODES).find(([, number]) => number === code);
  return (found?.[0] as GrpcCode | undefined) ?? 'UNKNOWN';
}

function catalogueEntry(reason: string): CatalogueEntry | undefined {
  return Object.hasOwn(ERROR_CATALOGUE, reason) ? ERROR_CATALOGUE[reason as KnownReason] : undefined;
}

function describeThrown(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}
