import { setMaxListeners } from 'node:events';

/**
 * Tells many waiting calls that their signal was aborted, with one listener per signal: adding a listener to an
 * AbortSignal takes time in proportion to those it has, and the calls of a turn or a process share one.
 */
export class AbortWatch<T> {
  private readonly watched = new Map<AbortSignal, { entries: Set<T>; listener: () => void }>();

  constructor(private readonly aborted: (entry: T) => void) {}

  add(signal: AbortSignal, entry: T): void {
    const known = this.watched.get(signal);
    if (known) known.entries.add(entry);
    else this.watch(signal, entry);
  }

  remove(signal: AbortSignal, entry: T): void {
    const known = this.watched.get(signal);
    if (!known?.entries.delete(entry) || known.entries.size > 0) return;
    signal.removeEventListener('abort', known.listener);
    this.watched.delete(signal);
  }

  private watch(signal: AbortSignal, entry: T): void {
    const entries = new Set([entry]);
    const listener = () => {
      this.watched.delete(signal);
      for (const each of entries) this.aborted(each);
    };
    // Links to more than ten nodes may listen to the signal of one turn; that is no leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', listener, { once: true });
    this.watched.set(signal, { entries, listener });
  }
}
