import type { ClaimWrite } from './claim-ledger.js';
import type { Condition, Transaction } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { Plan } from './planner.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import type { Registration } from './registration.js';
import { registrationConditions } from './registration.js';
import { encodeAssignment, encodeClaims } from './shard-list-codec.js';

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
