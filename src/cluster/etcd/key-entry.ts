/** One key of etcd as it was at one revision. */
export interface KeyEntry {
  readonly key: string;
  readonly value: Buffer;
  /** Revision of the transaction that created the key. */
  readonly createRevision: number;
  /** Revision of the last write of the key. */
  readonly modRevision: number;
  /** Id of the lease the key ends with, in decimal; `'0'` without one. */
  readonly lease: string;
}

/** All keys under a prefix at one revision. */
export interface KeyListing {
  readonly revision: number;
  readonly entries: readonly KeyEntry[];
}

/** A change of a key: its new entry, or the revision of its deletion. */
export type KeyEvent =
  | { readonly kind: 'put'; readonly entry: KeyEntry }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: number };

/** Revision of the transaction that made the event. */
export function revisionOf(event: KeyEvent): number {
  return event.kind === 'put' ? event.entry.modRevision : event.revision;
}

/** The key of a raw event or range answer, as etcd3 delivers it (64-bit numbers are strings). */
export interface RawKeyValue {
  key: Buffer;
  value: Buffer;
  create_revision: string;
  mod_revision: string;
  lease: string;
}

export function toKeyEntry(raw: RawKeyValue): KeyEntry {
  return {
    key: raw.key.toString(),
    value: raw.value,
    createRevision: Number(raw.create_revision),
    modRevision: Number(raw.mod_revision),
    lease: String(raw.lease),
  };
}
