import type { Transaction } from '../../../src/cluster/etcd/index.js';
import { KeyLayout } from '../../../src/cluster/key-layout.js';

export const PREFIX = '/model';
export const keys = new KeyLayout(PREFIX);

/**
 * A rule of the protocol left out, at the seam between the production code and what surrounds it: the model that cannot
 * tell it from the whole protocol would prove nothing.
 */
export interface Mutation {
  readonly what: string;
  /** The search for a schedule that notices begins here: rare ones are known to be near. */
  readonly firstSeed: number;
  /** On its way to etcd. */
  readonly transaction?: (transaction: Transaction) => Transaction;
  /** The check before every turn asks nobody whether the lease lives. */
  readonly ignoresLease?: true;
  /** Shards count as released although their turns still run. */
  readonly releasesEarly?: true;
  /** Nodes do not see the claims of others, so they claim what is assigned to them without waiting for its release. */
  readonly seesNoClaims?: true;
  /** After a wipe nobody waits. */
  readonly waitsForNoWipe?: true;
  /** Events that come a second time or late are applied. */
  readonly takesOldEvents?: true;
}

const withoutCompare =
  (leftOut: (condition: Transaction['when'][number]) => boolean) =>
  (transaction: Transaction): Transaction => ({
    ...transaction,
    when: transaction.when.filter((condition) => !leftOut(condition)),
  });
const isClaims = (key: string): boolean => key.startsWith(`${PREFIX}/claims/`);

export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'the compare of the revision of the claims',
    firstSeed: 1_300,
    transaction: withoutCompare((condition) => isClaims(condition.key) && 'modRevision' in condition),
  },
  {
    what: 'the compare of the revision of the assignment',
    firstSeed: 1,
    transaction: withoutCompare((condition) => condition.key === keys.assignment && 'modRevision' in condition),
  },
  { what: 'the lease check before a turn', firstSeed: 100, ignoresLease: true },
  { what: 'the release after the last turn', firstSeed: 80, releasesEarly: true },
  { what: 'the claim after the release', firstSeed: 1, seesNoClaims: true },
  { what: 'the wait after a wipe', firstSeed: 450, waitsForNoWipe: true },
  { what: 'the order of watch events', firstSeed: 1, takesOldEvents: true },
];
