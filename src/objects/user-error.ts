import { ERROR_CATALOGUE, GoverseError, fromNestException } from '../core/index.js';

/**
 * What callers get for an error that user code threw: a `GoverseError` as it is, Nest's exceptions by their table,
 * anything else as `METHOD_FAILED` with its name and message.
 */
export function userError(thrown: unknown): GoverseError {
  if (thrown instanceof GoverseError) return withPlainDetails(afterExecution(thrown));
  return fromNestException(thrown) ?? GoverseError.from(thrown);
}

/** What a log line says of something that was thrown. */
export function traceOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

/**
 * A reason of the framework that says "nothing was executed" was true of a nested call; passed on by a turn that has
 * run it must not make anybody repeat that turn.
 */
function afterExecution(error: GoverseError): GoverseError {
  if (!error.retryable || !Object.hasOwn(ERROR_CATALOGUE, error.reason)) return error;
  const { reason, code, message, details } = error;
  return new GoverseError({ reason, code, message, details, retryable: false, cause: error });
}

/** Details are JSON: a caller in the same process sees the same as one elsewhere, and nothing of the object's own state. */
function withPlainDetails(error: GoverseError): GoverseError {
  const { reason, code, message, details, retryable } = error;
  if (typeof details !== 'object' || details === null) return error;
  return new GoverseError({ reason, code, message, details: plain(details), retryable, cause: error });
}

function plain(details: object): unknown {
  try {
    return JSON.parse(
      JSON.stringify(details, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    );
  } catch {
    return undefined;
  }
}
