import { sizeOf, type KeyValue } from './key-value.js';

/** How much history is kept for reads of old revisions and for watchers that resume. */
export interface HistoryLimits {
  readonly revisions: number;
  readonly bytes: number;
}

interface Entry {
  /** A tombstone is a deletion, anything else a put. */
  readonly changes: readonly KeyValue[];
  readonly bytes: number;
}

/** What changed at each revision. Every revision has exactly one entry, so an entry is found by subtraction. */
export class EventLog {
  private entries: Entry[] = [];
  private bytes = 0;

  /** @param first the revision of the first entry to come */
  constructor(private first: number) {}

  append(changes: readonly KeyValue[]): void {
    const bytes = changes.reduce((sum, kv) => sum + sizeOf(kv), 0);
    this.entries.push({ changes, bytes });
    this.bytes += bytes;
  }

  /** The changes of one revision, in the order they were made; none for a revision that is not kept. */
  at(revision: number): readonly KeyValue[] {
    return this.entries[revision - this.first]?.changes ?? [];
  }

  dropBefore(revision: number): void {
    const dropped = this.entries.splice(0, Math.max(0, revision - this.first));
    this.first += dropped.length;
    for (const entry of dropped) this.bytes -= entry.bytes;
  }

  /** The oldest revision to keep so that the limits hold again; undefined until they are exceeded twice over. */
  oldestToKeep(limits: HistoryLimits): number | undefined {
    if (this.entries.length <= 2 * limits.revisions && this.bytes <= 2 * limits.bytes) return undefined;
    let bytes = 0;
    let kept = 0;
    for (let i = this.entries.length - 1; i >= 0; i--) {
      bytes += this.entries[i]!.bytes;
      if (kept === limits.revisions || bytes > limits.bytes) break;
      kept++;
    }
    // The newest revision always stays: compacting past it is impossible in etcd too.
    return this.first + this.entries.length - Math.max(kept, 1);
  }
}
