import type { EtcdStore } from './etcd-store.js';
import type { KeyRange } from './key-range.js';
import { singleKey } from './key-range.js';

const EVERYTHING: KeyRange = { start: '' };

/** The living keys attached to a lease. Read from the store, so there is no second record that could differ from it. */
export function keysOfLease(store: EtcdStore, lease: string): string[] {
  return store
    .find(EVERYTHING, 0)
    .filter((kv) => kv.lease === lease)
    .map((kv) => kv.key);
}

/** Deletes all keys of a lease that ended, in one revision. */
export function deleteKeysOfLease(store: EtcdStore, lease: string): void {
  const keys = keysOfLease(store, lease);
  store.write((batch) => {
    for (const key of keys) batch.delete(singleKey(key));
  });
}
