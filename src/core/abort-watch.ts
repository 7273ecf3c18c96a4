import type { Cancellation } from './cancellation.js';

/**
 * Tells many waiting calls that their signal was aborted, with one listener per signal: adding a listener to an
 * AbortSignal takes time in proportion to those it has, and calls often share one.
 */
export class AbortWatch<T> {
  private readonly watched = new Map<Cancellation, Watched<T>>();

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
    if (!known) this.watch(signal, entry);
    else if (known.first === undefined && known.others === undefined) known.first = entry;
    else (known.others ??= new Set()).add(entry);
  }

  remove(signal: Cancellation, entry: T): void {
    const known = this.watched.get(signal);
    if (!known) return;
    if (known.first === entry) known.first = undefined;
    else if (!known.others?.delete(entry)) return;
    if (known.first !== undefined || (known.others?.size ?? 0) > 0) return;
    signal.removeEventListener('abort', known.listener);
    this.watched.delete(signal);
  }

  private watch(signal: Cancellation, entry: T): void {
    const watched: Watched<T> = {
      first: entry,
      others: undefined,
      listener: () => {
        this.watched.delete(signal);
        const { first, others } = watched;
        if (first !== undefined) this.aborted(first);
        for (const other of others ?? []) this.aborted(other);
      },
    };
    this.onListen?.(signal);
    signal.addEventListener('abort', watched.listener, { once: true });
    this.watched.set(signal, watched);
  }
}

/** What waits with one signal; most signals have one call. */
interface Watched<T> {
  first: T | undefined;
  others: Set<T> | undefined;
  readonly listener: () => void;
}
