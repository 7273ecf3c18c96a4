import type { ClusterSnapshot } from './cluster-snapshot.js';
import type { Condition, KeyEntry } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';

/** What this process wrote when it joined, and under which lease: the proof of who it is in every later write. */
export interface Registration {
  readonly role: 'node' | 'gate';
  readonly address: string;
  /** Its record, `nodes/<address>` or `gates/<address>`. */
  readonly key: string;
  readonly createRevision: number;
  readonly lease: string;
  readonly store: { readonly id: string; readonly generation: number; readonly value: Buffer };
}

/** Holds only while the registration and the etcd content are the ones of this registration. */
export function registrationConditions(registration: Registration, keys: KeyLayout): Condition[] {
  return [
    { key: registration.key, createRevision: registration.createRevision },
    { key: registration.key, lease: registration.lease },
    { key: keys.store, value: registration.store.value },
  ];
}

/** Why the registration no longer stands in this view of the cluster; undefined while it does. */
export function lossInView(registration: Registration, view: ClusterSnapshot): string | undefined {
  if (view.store !== registration.store.id) return WIPED;
  if (view.revision < registration.createRevision) return undefined;
  const members = registration.role === 'node' ? view.nodes : view.gates;
  return lossOf(registration, members.get(registration.address));
}

/** The same by keys read in one transaction. */
export function lossInKeys(
  registration: Registration,
  found: ReadonlyMap<string, KeyEntry>,
  keys: KeyLayout,
): string | undefined {
  const store = found.get(keys.store);
  if (store === undefined || !store.value.equals(registration.store.value)) return WIPED;
  return lossOf(registration, found.get(registration.key));
}

const WIPED = 'etcd was wiped: it holds another store than the one this process joined';

function lossOf(
  registration: Registration,
  record: { createRevision: number; lease: string } | undefined,
): string | undefined {
  if (record === undefined) return 'its registration is gone from etcd';
  const same = record.createRevision === registration.createRevision && record.lease === registration.lease;
  return same ? undefined : 'another process has registered its address';
}
