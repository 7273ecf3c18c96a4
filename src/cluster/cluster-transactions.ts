import type { ClaimWrite } from './claim-ledger.js';
import type { ClusterSnapshot } from './cluster-snapshot.js';
import type { Condition, Transaction } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { Plan } from './planner.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import type { Registration } from './registration.js';
import { registrationConditions } from './registration.js';
import { encodeAssignment, encodeClaims } from './shard-list-codec.js';
import type { StoreRecord } from './store-record.js';
import type { TypeDirectory } from './type-directory.js';
import { encodeTypes } from './type-directory.js';

/** Makes the store of an empty prefix, and with it the directory of the types of the node that makes it. */
export function storeTransaction(store: StoreRecord, types: TypeDirectory | undefined, keys: KeyLayout): Transaction {
  return {
    when: [{ key: keys.store, createRevision: 0 }],
    put: [
      { key: keys.store, value: JSON.stringify(store) },
      ...(types ? [{ key: keys.types, value: encodeTypes(types) }] : []),
    ],
  };
}

/** Writes the directory of types over the version it was made from. */
export function typesTransaction(types: TypeDirectory, view: ClusterSnapshot, keys: KeyLayout): Transaction {
  return {
    when: [{ key: keys.types, modRevision: view.parts.types?.version ?? 0 }, storeOf(view, keys)],
    put: [{ key: keys.types, value: encodeTypes(types) }],
  };
}

/** What a process registers as. */
export interface NewMember {
  readonly role: 'node' | 'gate';
  readonly address: string;
  /** Content of its record. */
  readonly record: string;
  readonly lease: string;
  /** It hosts types, by the directory of the view. */
  readonly hostsTypes: boolean;
}

/** Registers a process in the content of the view, if nobody has its address (cluster.md, rule 4). */
export function registerTransaction(member: NewMember, view: ClusterSnapshot, keys: KeyLayout): Transaction {
  const { role, address, record, lease, hostsTypes } = member;
  const key = role === 'node' ? keys.node(address) : keys.gate(address);
  const owned = role === 'node' ? [key, keys.claims(address)] : [key];
  const when: Condition[] = owned.map((name) => ({ key: name, createRevision: 0 }));
  if (hostsTypes) when.push({ key: keys.types, modRevision: view.parts.types?.version ?? 0 });
  return {
    when: [...when, storeOf(view, keys)],
    put: [{ key, value: record, lease }],
    otherwiseRead: [...owned, keys.store],
  };
}

function storeOf(view: ClusterSnapshot, keys: KeyLayout): Condition {
  return { key: keys.store, value: view.parts.storeEntry?.value ?? Buffer.alloc(0) };
}

/** Writes the claims key, if everything the write relies on still stands (cluster.md, rule 2). */
export function claimTransaction(write: ClaimWrite, registration: Registration, keys: KeyLayout): Transaction {
  const key = keys.claims(registration.address);
  const when: Condition[] = [...registrationConditions(registration, keys), { key, modRevision: write.base }];
  if (write.assignmentVersion !== undefined) when.push({ key: keys.assignment, modRevision: write.assignmentVersion });
  return {
    when,
    put: [{ key, value: encodeClaims(write.shards), lease: registration.lease }],
    otherwiseRead: [key, registration.key, keys.store, keys.assignment],
  };
}

/** Takes the leadership, if nobody has it. */
export function campaignTransaction(registration: Registration, startId: string, keys: KeyLayout): Transaction {
  const value = JSON.stringify({ address: registration.address, startId });
  return {
    when: [...registrationConditions(registration, keys), { key: keys.leader, createRevision: 0 }],
    put: [{ key: keys.leader, value, lease: registration.lease }],
  };
}

/** Writes a plan, if this node still leads and the assignment is the one planned from (cluster.md, rule 10). */
export function planTransaction(
  plan: Plan,
  view: PoolSnapshot,
  registration: Registration,
  keys: KeyLayout,
): Transaction {
  const { leader, assignment } = view;
  return {
    when: [
      ...registrationConditions(registration, keys),
      { key: keys.leader, createRevision: leader?.createRevision ?? 0 },
      { key: keys.leader, lease: registration.lease },
      { key: keys.assignment, modRevision: assignment?.version ?? 0 },
    ],
    put: [{ key: keys.assignment, value: encodeAssignment(plan.assignees) }],
  };
}
