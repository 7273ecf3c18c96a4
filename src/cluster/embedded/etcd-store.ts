import { EtcdError } from './etcd-error.js';
import { EventLog, type HistoryLimits } from './event-log.js';
import { KeyIndex } from './key-index.js';
import type { KeyRange } from './key-range.js';
import type { KeyValue } from './key-value.js';
import { WriteBatch } from './write-batch.js';

const DEFAULT_HISTORY: HistoryLimits = { revisions: 10_000, bytes: 64 * 1024 * 1024 };
const FIRST_REVISION = 1;

/**
 * The multi-version key space of etcd, in memory and synchronous: every write makes one new revision, reads may ask
 * for any revision that is still kept, and the log tells what changed at each. It knows no leases and no network.
 * Unlike etcd it compacts by itself when its history grows past the limits.
 */
export class EtcdStore {
  private currentRevision = FIRST_REVISION;
  private compactedAt = -1;
  private readonly index = new KeyIndex();
  private readonly log = new EventLog(FIRST_REVISION + 1);
  private readonly listeners = new Set<() => void>();

  constructor(private readonly history: HistoryLimits = DEFAULT_HISTORY) {}

  get revision(): number {
    return this.currentRevision;
  }

  /** Revisions before this one cannot be read or watched any more; -1 while nothing was compacted. */
  get compactRevision(): number {
    return this.compactedAt;
  }

  /** The living keys of `range` at `revision` (0 or less: now). Throws for compacted and future revisions. */
  find(range: KeyRange, revision: number): KeyValue[] {
    const at = revision <= 0 ? this.currentRevision : revision;
    if (at > this.currentRevision) throw new EtcdError('futureRevision');
    if (at < this.compactedAt) throw new EtcdError('compacted');
    return this.index.find(range, at);
  }

  /** The key as it was at `revision`; undefined also when that revision is no longer kept. */
  versionAt(key: string, revision: number): KeyValue | undefined {
    return revision < this.compactedAt ? undefined : this.index.at(key, revision);
  }

  /** The changes of `revision`, in the order they were made. */
  changesAt(revision: number): readonly KeyValue[] {
    return this.log.at(revision);
  }

  /** Runs `work` as one write: all its changes share one revision; none is used up when nothing changes. */
  write<T>(work: (batch: WriteBatch) => T): T {
    const batch = new WriteBatch(this.index, this.currentRevision);
    try {
      return work(batch);
    } finally {
      this.commit(batch);
    }
  }

  compact(revision: number): void {
    if (revision <= this.compactedAt) throw new EtcdError('compacted');
    if (revision > this.currentRevision) throw new EtcdError('futureRevision');
    this.index.compact(revision);
    this.log.dropBefore(revision);
    this.compactedAt = revision;
    this.tell();
  }

  /** Calls `listener` after every change of `revision` or `compactRevision`; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private commit(batch: WriteBatch): void {
    if (batch.changes.length === 0) return;
    this.currentRevision = batch.revision;
    this.log.append(batch.changes);
    const oldest = this.log.oldestToKeep(this.history);
    if (oldest === undefined) this.tell();
    else this.compact(oldest);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
