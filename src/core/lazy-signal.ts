import { setMaxListeners } from 'node:events';
import type { Cancellation } from './cancellation.js';

/** A cancellation whose `AbortSignal` is made when somebody asks for it. */
export class LazySignal implements Cancellation {
  private controller: AbortController | undefined;
  /** Most have one listener. */
  private listener: (() => void) | undefined;
  private others: Set<() => void> | undefined;
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
    listener?.();
    for (const other of others ?? []) other();
  }

  /** Each listener is called once. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.aborted || listener === this.listener) return;
    if (this.listener === undefined && this.others === undefined) this.listener = listener;
    else (this.others ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    if (listener === this.listener) this.listener = undefined;
    else this.others?.delete(listener);
  }
}
