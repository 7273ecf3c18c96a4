import type { KeyIndex } from './key-index.js';
import type { KeyRange } from './key-range.js';
import { tombstone, type KeyValue } from './key-value.js';

/** The changes of one write in the making. It sees its own changes; others see them when the store commits. */
export class WriteBatch {
  private readonly made: KeyValue[] = [];

  constructor(
    private readonly index: KeyIndex,
    private readonly before: number,
  ) {}

  get changes(): readonly KeyValue[] {
    return this.made;
  }

  /** The revision this batch shows: the next one as soon as anything has changed. */
  get revision(): number {
    return this.made.length === 0 ? this.before : this.before + 1;
  }

  /** The living keys of `range` at `revision` (0 or less: with the changes made so far). */
  find(range: KeyRange, revision: number): KeyValue[] {
    return this.index.find(range, revision <= 0 ? this.revision : revision);
  }

  get(key: string): KeyValue | undefined {
    return this.index.at(key, this.revision);
  }

  put(key: string, value: Buffer, lease: string): void {
    const modRevision = this.before + 1;
    const previous = this.get(key);
    const createRevision = previous?.createRevision ?? modRevision;
    this.append({ key, value, lease, createRevision, modRevision, version: (previous?.version ?? 0) + 1 });
  }

  /** Deletes the living keys of `range` and returns them as they were. */
  delete(range: KeyRange): KeyValue[] {
    const deleted = this.find(range, 0);
    for (const kv of deleted) this.append(tombstone(kv.key, this.before + 1));
    return deleted;
  }

  private append(kv: KeyValue): void {
    this.index.append(kv);
    this.made.push(kv);
  }
}
