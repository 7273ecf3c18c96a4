import { AbortWatch } from '../core/abort-watch.js';
import { MAX_TIMER_MS } from '../core/clock.js';
import type { GoverseError } from '../core/errors.js';
import { CallScope } from './call-scope.js';

/** The calls of a client that are not over. */
export class CallScopes {
  private readonly scopes = new Set<CallScope>();
  private readonly aborts = new AbortWatch<{ scope: CallScope; signal: AbortSignal }>(({ scope, signal }) =>
    scope.cancel(signal.reason),
  );
  private closed: GoverseError | undefined;

  /**
   * Runs one call within its deadline and until its caller gives up or the client is closed; rejects with which of
   * them it was, not with what the transport makes of it.
   */
  async run<R>(
    what: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    call: (scope: CallScope) => Promise<R>,
  ): Promise<R> {
    const scope = new CallScope(what, Math.min(timeoutMs, MAX_TIMER_MS));
    const entry = signal && { scope, signal };
    if (entry) this.aborts.add(entry.signal, entry);
    this.scopes.add(scope);
    if (this.closed) scope.abort(this.closed);
    else if (signal?.aborted) scope.cancel(signal.reason);
    try {
      scope.signal.throwIfAborted();
      return await call(scope);
    } catch (error) {
      throw scope.signal.aborted ? scope.signal.reason : error;
    } finally {
      scope.end();
      this.scopes.delete(scope);
      if (entry) this.aborts.remove(entry.signal, entry);
    }
  }

  /** Ends the calls of now and of later. */
  close(reason: GoverseError): void {
    this.closed ??= reason;
    for (const scope of this.scopes) scope.abort(reason);
  }
}
