import type { Cancellation, Clock, ObjectCall } from '../core/index.js';
import { NEVER, allowManyListeners, goverseError, hasReason, randomFraction } from '../core/index.js';
import { abortError, describeCall } from '../rpc/index.js';
import type { ViewStamp } from '../rpc/index.js';
import type { ClusterView, ViewSource } from '../cluster/index.js';

const FIRST_BACKOFF_MS = 5;
const LONGEST_BACKOFF_MS = 250;

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

/**
 * Waits before the next attempt: for a newer view of the cluster, at most for a backoff that doubles from 5 to 250 ms
 * (a newer hint than our view: the whole 250 ms, since the view is certainly on its way).
 */
export async function pauseBeforeRetry(
  source: ViewSource,
  seen: ClusterView,
  hint: ViewStamp | undefined,
  attempt: number,
  call: ObjectCall,
  signal: Cancellation,
  clock: Clock,
): Promise<void> {
  const behind = hint !== undefined && (hint.store !== seen.store || hint.revision > seen.revision);
  const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** attempt, LONGEST_BACKOFF_MS) * (0.5 + randomFraction() / 2);
  await viewChangeOrTimeout(source, seen, behind ? LONGEST_BACKOFF_MS : backoff, call, signal, clock);
}

/** Resolves at the first of: a view other than `seen`, the time, the call's deadline, its signal. */
export async function viewChangeOrTimeout(
  source: ViewSource,
  seen: ClusterView,
  waitMs: number,
  call: ObjectCall,
  signal: Cancellation,
  clock: Clock,
): Promise<void> {
  if (source.view !== seen) return;
  // Many calls may wait with the signal of one turn; that is no leak.
  allowManyListeners(signal);
  await new Promise<void>((resolve) => {
    const done = () => {
      clock.clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, Math.min(waitMs, call.deadline - clock.now()));
    const unsubscribe = source.onView(done);
    if (signal !== NEVER) signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
