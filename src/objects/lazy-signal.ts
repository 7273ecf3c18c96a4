import { setMaxListeners } from 'node:events';

/** An `AbortSignal` that costs nothing until somebody asks for it. */
export class LazySignal {
  private controller: AbortController | undefined;
  private aborted = false;
  private reason: unknown;

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
  }
}
