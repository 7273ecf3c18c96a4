import type { CallOutcome, CallResult, Cancellation, Clock, ObjectCall } from '../core/index.js';
import { AbortWatch, GoverseError, LazySignal, NEVER, allowManyListeners, goverseError } from '../core/index.js';
import { DeadlineSweep } from './deadline-sweep.js';
import { describeCall } from './link-errors.js';
import type { ResultFrame, ViewStamp } from './link-frames.js';
import type { QueuedCall } from './link-outbox.js';

/** One call whose caller waits. */
export class OpenCall implements QueuedCall {
  settled = false;
  /** Handed to the stream: it may have run. */
  wasWritten = false;

  constructor(
    readonly seq: number,
    readonly call: ObjectCall,
    readonly view: ViewStamp | undefined,
    readonly signal: Cancellation,
    private readonly outcome: CallOutcome,
    private readonly aborted: (entry: OpenCall) => void,
  ) {}

  /** Its signal was aborted. */
  handleEvent(): void {
    this.aborted(this);
  }

  written(): void {
    this.wasWritten = true;
  }

  settle(outcome: CallResult | GoverseError): void {
    this.settled = true;
    if (outcome instanceof GoverseError) this.outcome.failed(outcome);
    else this.outcome.done(outcome);
  }
}

/** The calls of one Link that have no result yet, in the order they were made. */
export class OpenCalls {
  private readonly calls = new Map<number, OpenCall>();
  private readonly deadlines: DeadlineSweep;
  private readonly aborted = (entry: OpenCall) => this.abandon(entry, abortError(entry.call, entry.signal));
  // Links to more than ten nodes may listen to the signal of one turn; that is no leak.
  private readonly aborts = new AbortWatch<OpenCall>(this.aborted, allowManyListeners);
  private lastSeq = 0;

  constructor(
    clock: Clock,
    /** The caller gave up on a call that was written. */
    private readonly cancel: (seq: number) => void,
  ) {
    this.deadlines = new DeadlineSweep(clock, (now) => this.expire(now));
  }

  get size(): number {
    return this.calls.size;
  }

  open(call: ObjectCall, signal: Cancellation, view: ViewStamp | undefined, outcome: CallOutcome): OpenCall {
    const entry = new OpenCall(this.nextSeq(), call, view, signal, outcome, this.aborted);
    this.calls.set(entry.seq, entry);
    this.deadlines.add(call.deadline);
    // An `AbortSignal` takes long to add to and to remove from when it has many listeners.
    if (signal instanceof LazySignal) signal.addEventListener('abort', entry);
    else if (signal !== NEVER) this.aborts.add(signal, entry);
    return entry;
  }

  /** In the order they were made. */
  unwritten(): OpenCall[] {
    return [...this.calls.values()].filter((entry) => !entry.wasWritten);
  }

  /** The answer to a call; answers to calls that nobody waits for any more are dropped. */
  answer(frame: ResultFrame): void {
    const entry = this.calls.get(frame.seq);
    if (!entry) return;
    this.settle(entry, 'error' in frame ? frame.error : frame.result);
  }

  settle(entry: OpenCall, outcome: CallResult | GoverseError): void {
    if (entry.settled) return;
    this.calls.delete(entry.seq);
    const { signal } = entry;
    if (signal instanceof LazySignal) signal.removeEventListener('abort', entry);
    else if (signal !== NEVER) this.aborts.remove(signal, entry);
    entry.settle(outcome);
  }

  abandon(entry: OpenCall, error: GoverseError): void {
    const told = entry.wasWritten && !entry.settled;
    this.settle(entry, error);
    if (told) this.cancel(entry.seq);
  }

  settleAll(errorOf: (entry: OpenCall) => GoverseError): void {
    for (const entry of [...this.calls.values()]) this.settle(entry, errorOf(entry));
  }

  /** Stops the timer; every call must have been settled. */
  close(): void {
    this.deadlines.stop();
  }

  private expire(now: number): number {
    let next = Infinity;
    for (const entry of this.calls.values()) {
      if (entry.call.deadline > now) next = Math.min(next, entry.call.deadline);
      else this.abandon(entry, goverseError('DEADLINE_EXCEEDED', `The deadline of ${describeCall(entry.call)} passed`));
    }
    return next;
  }

  private nextSeq(): number {
    do this.lastSeq = (this.lastSeq + 1) >>> 0;
    while (this.lastSeq === 0 || this.calls.has(this.lastSeq));
    return this.lastSeq;
  }
}

/** What a caller gets whose signal was aborted: the GoverseError it was aborted with, else `CANCELLED`. */
export function abortError(call: ObjectCall, signal: Cancellation): GoverseError {
  const reason: unknown = signal.reason;
  if (reason instanceof GoverseError) return reason;
  return goverseError('CANCELLED', `The caller cancelled ${describeCall(call)}`, { cause: reason });
}
