import { KeyHistory } from './key-history.js';
import type { KeyRange } from './key-range.js';
import type { KeyValue } from './key-value.js';

/** Every key that has a version left, in byte order. */
export class KeyIndex {
  private readonly histories = new Map<string, KeyHistory>();
  private sorted: string[] = [];

  append(kv: KeyValue): void {
    let history = this.histories.get(kv.key);
    if (history === undefined) {
      history = new KeyHistory();
      this.histories.set(kv.key, history);
      this.sorted.splice(this.firstAtOrAfter(kv.key), 0, kv.key);
    }
    history.append(kv);
  }

  at(key: string, revision: number): KeyValue | undefined {
    return this.histories.get(key)?.at(revision);
  }

  /** The living keys of `range` as they were at `revision`, in key order. */
  find(range: KeyRange, revision: number): KeyValue[] {
    const found: KeyValue[] = [];
    for (let i = this.firstAtOrAfter(range.start); i < this.sorted.length; i++) {
      const key = this.sorted[i]!;
      if (range.end !== undefined && key >= range.end) break;
      const kv = this.at(key, revision);
      if (kv !== undefined) found.push(kv);
    }
    return found;
  }

  compact(revision: number): void {
    this.sorted = this.sorted.filter((key) => {
      const kept = this.histories.get(key)!.compact(revision);
      if (!kept) this.histories.delete(key);
      return kept;
    });
  }

  private firstAtOrAfter(key: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
