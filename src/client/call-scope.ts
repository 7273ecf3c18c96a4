import type { TimerHandle } from '../core/clock.js';
import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { clientClock } from './client-clock.js';

/** How long one call may go on: until its deadline, or until somebody ends it. */
export class CallScope {
  private readonly controller = new AbortController();
  private readonly timer: TimerHandle;
  private readonly deadline: number;
  /** Set while a call that was not executed waits to be sent again: what its deadline is then reported as. */
  refusal: GoverseError | undefined;

  constructor(
    private readonly what: string,
    private readonly timeoutMs: number,
  ) {
    this.deadline = clientClock.monotonic() + timeoutMs;
    this.timer = clientClock.setTimeout(() => this.abort(this.refusal ?? this.late()), timeoutMs);
  }

  /** Aborted with a `GoverseError`. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Milliseconds until the deadline. */
  get remainingMs(): number {
    return Math.max(1, this.deadline - clientClock.monotonic());
  }

  /** The caller gives up. */
  cancel(cause: unknown): void {
    this.abort(goverseError('CANCELLED', `${this.what} was cancelled`, { cause }));
  }

  abort(reason: GoverseError): void {
    this.controller.abort(reason);
  }

  end(): void {
    clientClock.clearTimeout(this.timer);
  }

  private late(): GoverseError {
    return goverseError('DEADLINE_EXCEEDED', `${this.what} was not answered within ${this.timeoutMs} ms`);
  }
}
