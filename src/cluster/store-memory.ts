import type { StoreRecord } from './store-record.js';

/**
 * What a process remembers of the etcd contents it has seen, and how long it stays away from one that shows that etcd was
 * wiped (cluster.md, rule 9): whoever held shards under the content before may run turns until its lease clock runs out.
 * Events in, decisions out; no I/O and no clock.
 */
export class StoreMemory {
  private last: { readonly id: string; readonly generation: number } | undefined;
  private wait: { readonly until: number; readonly seen: string } | undefined;

  /** `quietMs`: one lease time. */
  constructor(private readonly quietMs: number) {}

  /** Of the last store, 0 without one: the next one's is greater. */
  get generation(): number {
    return this.last?.generation ?? 0;
  }

  /** Milliseconds to wait before joining the content with this store id (empty: none); 0 = now. */
  waitFor(store: string, now: number): number {
    // After the wait the first store that appears is taken, whoever makes it.
    if (this.last === undefined || this.last.id === '' || this.last.id === store) {
      this.wait = undefined;
      return 0;
    }
    if (this.wait === undefined || (this.wait.seen !== '' && this.wait.seen !== store)) {
      this.wait = { until: now + this.quietMs, seen: store };
    } else if (this.wait.seen !== store) {
      this.wait = { ...this.wait, seen: store };
    }
    const left = this.wait.until - now;
    if (left > 0) return left;
    this.last = { id: store, generation: this.last.generation };
    this.wait = undefined;
    return 0;
  }

  /** Seen is enough: whoever holds shards under this store may still do so when it is gone. */
  saw(store: StoreRecord): void {
    this.last = { id: store.id, generation: store.generation };
  }
}
