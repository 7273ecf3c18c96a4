import type { KeyEvent } from './key-entry.js';
import { revisionOf } from './key-entry.js';

/**
 * How far a watch has delivered. A stream that was resumed, or one that was given up and still has something on the way,
 * delivers some events again or late: only what is newer than everything before counts. No I/O.
 */
export class WatchProgress {
  private last = 0;

  /** Everything up to here has been delivered. */
  get revision(): number {
    return this.last;
  }

  /** A listing has everything up to its revision, and nothing of before counts. */
  listed(revision: number): void {
    this.last = revision;
  }

  /** The events that are new. */
  take(events: readonly KeyEvent[]): readonly KeyEvent[] {
    const fresh = events.filter((event) => revisionOf(event) > this.last);
    const newest = fresh.at(-1);
    if (newest !== undefined) this.last = revisionOf(newest);
    return fresh;
  }
}
