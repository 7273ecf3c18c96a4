import { allowManyListeners, type Cancellation } from '../core/index.js';

/**
 * Tells many waiting calls that their signal was aborted, with one listener per signal: adding a listener to an
 * AbortSignal takes time in proportion to those it has, and the calls of a turn or a process share one.
 */
export class AbortWatch<T> {
  private readonly watched = new Map<Cancellation, { entries: Set<T>; listener: () => void }>();

  constructor(private readonly aborted: (entry: T) => void) {}

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
    // Links to more than ten nodes may listen to the signal of one turn; that is no leak.
    allowManyListeners(signal);
    signal.addEventListener('abort', listener, { once: true });
    this.watched.set(signal, { entries, listener });
  }
}
