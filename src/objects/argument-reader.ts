import type { Type } from '@nestjs/common';
import { GoverseError, goverseError, type Payload } from '../core/index.js';
import { instantiate } from './argument-transform.js';
import { isValidated, violationsOf, type Violation } from './argument-validation.js';

/** Decodes payloads; `PayloadCodec` of core is one. */
export interface ValueCodec {
  decodeArgument(payload: Payload, message?: string): unknown;
  encodeResult(request: Payload, value: unknown, message?: string): Payload;
}

/** An argument whose validators have not answered yet. */
export class PendingArgument {
  constructor(readonly value: Promise<unknown>) {
    // A call that is dropped before it runs leaves the promise behind.
    value.catch(() => undefined);
  }
}

interface ArgumentFacts {
  /** `Type.method`, for messages. */
  readonly where: string;
  readonly declared: Type<unknown> | undefined;
  /** Full name of the protobuf message. */
  readonly message: string | undefined;
}

/**
 * Reads the argument of one method: decoded, made an instance of the declared class, validated where that class has
 * class-validator decorators. What to do is decided once, at start.
 */
export class ArgumentReader {
  private readonly cls: Type<unknown> | undefined;
  private readonly validated: boolean;

  constructor(
    private readonly facts: ArgumentFacts,
    private readonly codec: ValueCodec,
  ) {
    this.cls = isUserClass(facts.declared) ? facts.declared : undefined;
    this.validated = this.cls !== undefined && isValidated(this.cls);
  }

  /**
   * The argument of a call, or a `PendingArgument` if a validator answers later. Throws `INVALID_ARGUMENT`.
   *
   * @param fromClient what comes from a client is validated whatever it claims to be
   */
  read(payload: Payload, fromClient: boolean): unknown {
    const value = this.codec.decodeArgument(payload, this.facts.message);
    if (this.cls === undefined) return value;
    if (!fromClient && value instanceof this.cls) return value;
    if (!isPlainRecord(value)) {
      if (this.validated) throw this.notAnObject(value);
      return value;
    }
    const instance = this.instantiate(this.cls, value);
    const trusted = !fromClient && 'className' in payload && payload.className === this.cls.name;
    return this.validated && !trusted ? this.validate(instance) : instance;
  }

  private instantiate(cls: Type<unknown>, value: object): object {
    try {
      return instantiate(cls, value) as object;
    } catch (error) {
      if (error instanceof GoverseError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw goverseError(
        'INVALID_ARGUMENT',
        `${this.facts.where}: no ${cls.name} can be made of the argument: ${why}`,
        { cause: error },
      );
    }
  }

  private validate(instance: object): unknown {
    const violations = violationsOf(instance);
    if (Array.isArray(violations)) return this.accept(instance, violations);
    return new PendingArgument(violations.then((found) => this.accept(instance, found)));
  }

  private accept(instance: object, violations: readonly Violation[]): object {
    if (violations.length === 0) return instance;
    const named = violations.map(
      ({ property, constraints }) => `${property} (${Object.values(constraints).join(', ')})`,
    );
    throw goverseError(
      'INVALID_ARGUMENT',
      `${this.facts.where}: the argument is no valid ${this.cls?.name}: ${named.join('; ')}`,
      {
        details: { violations },
      },
    );
  }

  private notAnObject(value: unknown): GoverseError {
    return goverseError(
      'INVALID_ARGUMENT',
      `${this.facts.where} expects an object (${this.cls?.name}), not ${describe(value)}`,
    );
  }
}

/** A class of the application, not one of the language: those are left as they arrive. */
function isUserClass(declared: Type<unknown> | undefined): declared is Type<unknown> {
  if (declared === undefined || declared.prototype === undefined) return false;
  return (globalThis as Record<string, unknown>)[declared.name] !== declared;
}

function isPlainRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Map || value instanceof Set || value instanceof Date || ArrayBuffer.isView(value));
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
