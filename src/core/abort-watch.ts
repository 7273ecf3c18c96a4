import type { Cancellation } from './cancellation.js';

/**
 * Tells many waiting calls that their signal was aborted, with one listener per signal: adding a listener to an
 * AbortSignal takes time in proportion to those it has, and calls often share one.
 */
export class AbortWatch<T> {
  private readonly watched = new Map<Cancellation, { entries: Set<T>; listener: () => void }>();

  /**
   * @param aborted called for each entry of a signal that is aborted
   * @param onListen called before a listener is added to a signal
   */
  constructor(
    private readonly aborted: (entry: T) => void,
    private readonly onListen?: (signal: Cancellation) => void,
  ) {}

  add(signal: Cancellation, entry: T): void {
    const known = this.watched.get(signal);
    if (known) known.entries.add(entry);
    else this.watch(signal, entry);
  }

  remove(signal: Cancellation, entry: T): void {
    const known = this.watched.get(signal);
    if (!known?.entries.delete(entry) || known.entries.size > 0) return;
    signal.removeEventListener('abort', known.listener);
    this.watched.delete(signal);
  }

  private watch(signal: Cancellation, entry: T): void {
    const entries = new Set([entry]);
    const listener = () => {
      this.watched.delete(signal);
      for (const each of entries) this.aborted(each);
    };
    this.onListen?.(signal);
    signal.addEventListener('abort', listener, { once: true });
    this.watched.set(signal, { entries, listener });
  }
}
