import type { Cancellation } from './cancellation.js';
import type { CallOutcome, ObjectCall } from './object-call.js';

/** An object that lives in this process, on a shard this process holds: a call needs nobody to find the way to it. */
export interface NearObject {
  readonly type: string;
  /** Values are handed to it, and by it, without copying. */
  readonly immutable: boolean;
  /** True if the method declares `idempotent`. */
  isIdempotent(method: string): boolean;
  /** `begin` of a `CallTarget`, for a `call` that has not been cancelled and whose deadline has not passed. */
  begin(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void;
}

/**
 * Finds objects that can be called without the router. `type`: given apart from the id. Undefined whenever there is
 * anything to decide on the way.
 */
export type FindNear = (objectId: string, type: string | undefined) => NearObject | undefined;
