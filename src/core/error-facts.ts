/** An error as data: what survives of it between objects. */
export interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: unknown;
  /** False for an error without a cause, true also for `cause: undefined`. */
  readonly hasCause: boolean;
}

export function errorFacts(error: Error, cause: unknown): ErrorFacts {
  // User code may have put anything there.
  const { name, message, stack }: { name: unknown; message: unknown; stack?: string } = error;
  return { name: String(name), message: String(message), stack, cause, hasCause: Object.hasOwn(error, 'cause') };
}

const STANDARD_ERRORS: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** An error of the standard class of that name; other names are kept on an `Error`. */
export function rebuildError(facts: ErrorFacts): Error {
  const standard = Object.hasOwn(STANDARD_ERRORS, facts.name) ? STANDARD_ERRORS[facts.name] : undefined;
  const error = new (standard ?? Error)(facts.message, facts.hasCause ? { cause: facts.cause } : undefined);
  const hidden = { enumerable: false, configurable: true, writable: true };
  if (!standard) Object.defineProperty(error, 'name', { ...hidden, value: facts.name });
  Object.defineProperty(error, 'stack', { ...hidden, value: facts.stack });
  return error;
}
