import type { Cancellation } from './cancellation.js';
import type { Payload } from './payload.js';

/** One turn that waits for the call at hand: an object and the id of its turn. */
export interface ChainLink {
  readonly objectId: string;
  /** Unique among all turns of the cluster. */
  readonly turnId: string;
}

/** Who is at the start of a call chain, as the authenticator of the gate found out. */
export interface CallerIdentity {
  readonly userId: string;
  readonly roles: readonly string[];
}

export type CallVerb = 'call' | 'create' | 'delete';

/**
 * One request to one object, as it goes from a caller through the router to the activation, in this process or
 * another. The payload is not interpreted on the way.
 */
export interface ObjectCall {
  readonly verb: CallVerb;
  readonly objectId: string;
  /** Type given apart from the id; empty or absent: it is read from the id. */
  readonly type?: string | undefined;
  /** Wire name of the method; empty for `create` and `delete`. */
  readonly method: string;
  readonly payload: Payload;
  /** Unique per call; log lines and the trace id clients see carry it. */
  readonly callId: string;
  /** The turns that wait for this call, outermost first. */
  readonly chain: readonly ChainLink[];
  /** Epoch milliseconds of this process. Travels as the time that is left. */
  readonly deadline: number;
  readonly clientId?: string | undefined;
  readonly caller?: CallerIdentity | undefined;
  /** True only on the call a gate makes for a client: arguments are always validated, `internal` methods refused. */
  readonly isFromClient: boolean;
  /** The caller allows a repetition when the outcome is unknown. */
  readonly idempotent: boolean;
}

export interface CallResult {
  readonly payload: Payload;
  /** For `create`: false when the object was there. */
  readonly created?: boolean;
}

/** Takes the outcome of one call: exactly one of both is called, once. */
export interface CallOutcome {
  done(result: CallResult): void;
  failed(error: unknown): void;
}

/**
 * Executes calls. Implemented by the objects of a node, by a Link to another node, and by the router, which picks one.
 * Rejects with `GoverseError` only.
 */
export interface CallTarget {
  execute(call: ObjectCall, signal: Cancellation): Promise<CallResult>;
  /**
   * The same without a promise of its own, where a target is on the way of every call. Begins in the same tick; the
   * outcome may come before it returns. Never throws.
   */
  begin?(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void;
}

/** Begins a call at a target of either kind. */
export function beginCall(target: CallTarget, call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
  if (target.begin) return target.begin(call, signal, outcome);
  target.execute(call, signal).then(
    (result) => outcome.done(result),
    (error: unknown) => outcome.failed(error),
  );
}

/** The promise of what `begin` reports. */
export function promiseOf(begin: (outcome: CallOutcome) => void): Promise<CallResult> {
  return new Promise((resolve, reject) => begin({ done: resolve, failed: reject }));
}
