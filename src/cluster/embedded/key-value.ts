/**
 * One version of a key. Keys are strings of one char per byte (latin1), so that comparing strings compares bytes.
 * A version of 0 is a tombstone: the key was deleted at `modRevision`.
 */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  /** Decimal int64; `'0'` is no lease. */
  readonly lease: string;
}

export const NO_LEASE = '0';

const NO_VALUE = Buffer.alloc(0);

/** What a deleted (or never written) key looks like; deletion events carry it. */
export function tombstone(key: string, modRevision: number): KeyValue {
  return { key, value: NO_VALUE, createRevision: 0, modRevision, version: 0, lease: NO_LEASE };
}

export function isTombstone(kv: KeyValue): boolean {
  return kv.version === 0;
}

/** Bytes a version holds in memory and, about, on the wire. */
export function sizeOf(kv: KeyValue): number {
  return kv.key.length + kv.value.length + 32;
}
