import type { Cancellation, Clock, ObjectCall } from '../core/index.js';
import { NEVER, allowManyListeners, goverseError, hasReason } from '../core/index.js';
import { abortError, describeCall } from '../rpc/index.js';
import type { ClusterView, ViewSource } from '../cluster/index.js';

/** True while it is certain that nothing ran, or when caller or method allow a repetition. */
export function mayRetry(error: unknown, call: ObjectCall): boolean {
  if (hasReason(error, 'NOT_OWNER', 'FENCED', 'NOT_READY')) return error.retryable;
  return hasReason(error, 'OUTCOME_UNKNOWN') && (call.idempotent || error.retryable);
}

/** Throws when the call may not go on: cancelled, or out of time (then the last refusal says why). */
export function assertMayGoOn(call: ObjectCall, signal: Cancellation, clock: Clock, lastError?: unknown): void {
  if (signal.aborted) throw abortError(call, signal);
  if (clock.now() < call.deadline) return;
  throw (
    lastError ?? goverseError('DEADLINE_EXCEEDED', `The deadline of ${describeCall(call)} passed before it was sent`)
  );
}

/** What a wait between two attempts of a call has to do with. */
export interface CallWait {
  readonly source: ViewSource;
  readonly clock: Clock;
  readonly call: ObjectCall;
  readonly signal: Cancellation;
}

/** What ends a wait besides the call's deadline and its signal. */
export interface WaitEnds {
  /** Milliseconds. */
  readonly afterMs: number;
  /** Asked whenever the view, or what this process holds, has changed. */
  readonly when: () => boolean;
  /** Something else to wait for. Returns how to stop. */
  readonly or?: ((done: () => void) => () => void) | undefined;
}

/** Resolves at the first of: what ends the wait, the call's deadline, its signal. */
export async function waitUntil({ source, clock, call, signal }: CallWait, ends: WaitEnds): Promise<void> {
  // Many calls may wait with the signal of one turn; that is no leak.
  allowManyListeners(signal);
  await new Promise<void>((resolve) => {
    const done = () => {
      clock.clearTimeout(timer);
      unsubscribe();
      leave?.();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, Math.min(ends.afterMs, call.deadline - clock.now()));
    const unsubscribe = source.onView(() => ends.when() && done());
    const leave = ends.or?.(done);
    if (signal !== NEVER) signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

/** Resolves at the first of: a view other than `seen`, or a change of what this process holds; the time, the call's deadline, its signal. */
export async function viewChangeOrTimeout(wait: CallWait, seen: ClusterView, waitMs: number): Promise<void> {
  if (wait.source.view !== seen) return;
  await waitUntil(wait, { afterMs: waitMs, when: () => true });
}
