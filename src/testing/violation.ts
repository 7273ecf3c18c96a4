/**
 * What a record shows that must not be.
 *
 * - `overlap`: two turns of one object at once that may not run beside each other, in one activation or in two;
 * - `stale`: a turn of an activation, or of an epoch, that had been succeeded by another;
 * - `no-lease`: a turn started after the lease of its node had run out;
 * - `lost`: a call was answered, and no turn of it ended;
 * - `duplicate`: a call that is not `idempotent` ran more than once;
 * - `ran-although-refused`: a caller was told that nothing was executed, and it was;
 * - `late-answer`: a client got the answer of a turn that had outlived its lease and was overlapped by its successor;
 * - `unanswered`: a call never ended for its caller.
 */
export type ViolationKind =
  'overlap' | 'stale' | 'no-lease' | 'lost' | 'duplicate' | 'ran-although-refused' | 'late-answer' | 'unanswered';

export interface Violation {
  readonly kind: ViolationKind;
  /** Names object, call, node and times (microseconds of the machine's monotonic clock). */
  readonly message: string;
}
