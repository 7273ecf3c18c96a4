import { isTombstone, type KeyValue } from './key-value.js';

/** All kept versions of one key, oldest first, tombstones included. */
export class KeyHistory {
  private versions: KeyValue[] = [];

  append(kv: KeyValue): void {
    this.versions.push(kv);
  }

  /** The key as it was at `revision`; undefined when it did not exist then. */
  at(revision: number): KeyValue | undefined {
    const kv = this.versions[this.lastIndexAt(revision)];
    return kv === undefined || isTombstone(kv) ? undefined : kv;
  }

  /** Forgets what no read at `revision` or later can see. False when nothing is left. */
  compact(revision: number): boolean {
    const visible = this.lastIndexAt(revision);
    const first = this.at(revision) === undefined ? visible + 1 : visible;
    if (first > 0) this.versions = this.versions.slice(first);
    return this.versions.length > 0;
  }

  private lastIndexAt(revision: number): number {
    let low = 0;
    let high = this.versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.versions[middle]!.modRevision <= revision) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
