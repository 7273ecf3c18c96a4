import type { EtcdStore } from './etcd-store.js';
import { inRange, type KeyRange } from './key-range.js';
import { isTombstone, sizeOf, type KeyValue } from './key-value.js';

/** etcd's watchBatchMaxRevs: a watcher that catches up gets at most so many revisions in one answer. */
const MAX_REVISIONS_PER_ANSWER = 1000;
/** An answer is closed at the end of the revision that fills it, well below what a gRPC client takes by default. */
const FULL_ANSWER_BYTES = 1024 * 1024;
/** etcd splits answers of fragmenting watchers at its maximal request size. */
const FRAGMENT_BYTES = 1.5 * 1024 * 1024;

export interface WatchSpec {
  readonly range: KeyRange;
  readonly wantsPrevious: boolean;
  readonly wantsPuts: boolean;
  readonly wantsDeletes: boolean;
  readonly wantsProgress: boolean;
  readonly mayFragment: boolean;
}

export interface WatchEvent {
  /** A tombstone is a deletion. */
  readonly kv: KeyValue;
  readonly previous?: KeyValue;
}

/** Events of one watcher. Those of one revision are never torn apart, except into `fragment`s when asked for. */
export interface EventBatch {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
  readonly fragment: boolean;
}

/** One watcher: a range and a cursor over the store's log. It keeps no events, so a slow client costs no memory. */
export class Watcher {
  /** Sent anything since the last progress tick. */
  active = false;

  constructor(
    readonly id: string,
    readonly spec: WatchSpec,
    private next: number,
  ) {}

  isCaughtUp(store: EtcdStore): boolean {
    return this.next > store.revision;
  }

  /** The watcher has not seen events that are no longer kept: it can only be cancelled. */
  isLeftBehind(store: EtcdStore): boolean {
    return this.next < store.compactRevision;
  }

  /** Moves the cursor and returns what is to be sent for it; nothing when no event concerns this watcher. */
  take(store: EtcdStore): EventBatch[] {
    const last = Math.min(store.revision, this.next + MAX_REVISIONS_PER_ANSWER - 1);
    const events: WatchEvent[] = [];
    let bytes = 0;
    while (this.next <= last && bytes < FULL_ANSWER_BYTES) {
      for (const kv of store.changesAt(this.next)) {
        if (!this.wants(kv)) continue;
        const event = this.eventOf(store, kv);
        events.push(event);
        bytes += sizeOfEvent(event);
      }
      this.next++;
    }
    return this.batches(events, this.next - 1);
  }

  private wants(kv: KeyValue): boolean {
    return inRange(this.spec.range, kv.key) && (isTombstone(kv) ? this.spec.wantsDeletes : this.spec.wantsPuts);
  }

  private eventOf(store: EtcdStore, kv: KeyValue): WatchEvent {
    const isCreation = kv.version === 1;
    if (!this.spec.wantsPrevious || isCreation) return { kv };
    return { kv, previous: store.versionAt(kv.key, kv.modRevision - 1) };
  }

  private batches(events: WatchEvent[], revision: number): EventBatch[] {
    if (events.length === 0) return [];
    if (!this.spec.mayFragment) return [{ revision, events, fragment: false }];
    const pieces = split(events);
    return pieces.map((piece, i) => ({ revision, events: piece, fragment: i < pieces.length - 1 }));
  }
}

function sizeOfEvent(event: WatchEvent): number {
  return sizeOf(event.kv) + (event.previous === undefined ? 0 : sizeOf(event.previous));
}

function split(events: WatchEvent[]): WatchEvent[][] {
  const pieces: WatchEvent[][] = [];
  let piece: WatchEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = sizeOfEvent(event);
    if (piece.length > 0 && bytes + size > FRAGMENT_BYTES) {
      pieces.push(piece);
      piece = [];
      bytes = 0;
    }
    piece.push(event);
    bytes += size;
  }
  return [...pieces, piece];
}
