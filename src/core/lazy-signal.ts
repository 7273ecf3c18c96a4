import { setMaxListeners } from 'node:events';
import type { AbortListener, Cancellation } from './cancellation.js';

/** A cancellation whose `AbortSignal` is made when somebody asks for it. */
export class LazySignal implements Cancellation {
  private controller: AbortController | undefined;
  /** Most have one listener. */
  private listener: AbortListener | undefined;
  private others: Set<AbortListener> | undefined;
  aborted = false;
  reason: unknown = undefined;

  get signal(): AbortSignal {
    if (this.controller) return this.controller.signal;
    this.controller = new AbortController();
    // Every nested call of a turn listens to it; that many listeners are no leak.
    setMaxListeners(0, this.controller.signal);
    if (this.aborted) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.controller?.abort(reason);
    const { listener, others } = this;
    this.listener = undefined;
    this.others = undefined;
    if (listener) tell(listener);
    for (const other of others ?? []) tell(other);
  }

  /** Each listener is called once. */
  addEventListener(_type: 'abort', listener: AbortListener): void {
    if (this.aborted || listener === this.listener) return;
    if (this.listener === undefined && this.others === undefined) this.listener = listener;
    else (this.others ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: AbortListener): void {
    if (listener === this.listener) this.listener = undefined;
    else this.others?.delete(listener);
  }
}

function tell(listener: AbortListener): void {
  if (typeof listener === 'function') listener();
  else listener.handleEvent();
}
