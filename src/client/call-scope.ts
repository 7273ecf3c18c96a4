import type { TimerHandle } from '../core/clock.js';
import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { clientClock } from './client-clock.js';

/** The signal of one call: aborted with a `GoverseError` by its deadline, by the caller's signal, by closing the client. */
export class CallScope {
  private readonly controller = new AbortController();
  private readonly timer: TimerHandle;
  private readonly cancel: () => void;
  private readonly deadline: number;
  /** Set while a call that was not executed waits to be sent again: what its deadline is then reported as. */
  refusal: GoverseError | undefined;

  constructor(
    what: string,
    timeoutMs: number,
    private readonly outer: AbortSignal | undefined,
    private readonly closing: AbortSignal,
  ) {
    const late = () =>
      this.controller.abort(
        this.refusal ?? goverseError('DEADLINE_EXCEEDED', `${what} was not answered within ${timeoutMs} ms`),
      );
    this.deadline = clientClock.monotonic() + timeoutMs;
    this.cancel = () => {
      const reason = closing.aborted
        ? closing.reason
        : goverseError('CANCELLED', `${what} was cancelled`, { cause: outer?.reason });
      this.controller.abort(reason);
    };
    this.timer = clientClock.setTimeout(late, timeoutMs);
    outer?.addEventListener('abort', this.cancel, { once: true });
    closing.addEventListener('abort', this.cancel, { once: true });
    if (outer?.aborted || closing.aborted) this.cancel();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Milliseconds until the deadline. */
  get remainingMs(): number {
    return Math.max(1, this.deadline - clientClock.monotonic());
  }

  end(): void {
    clientClock.clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.cancel);
    this.closing.removeEventListener('abort', this.cancel);
  }
}
