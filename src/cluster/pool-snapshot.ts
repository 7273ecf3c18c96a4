import type { ClusterSnapshot } from './cluster-snapshot.js';
import type { RegisteredNode } from './member-record.js';
import type { Assignees } from './shard-list-codec.js';
import type { ShardSet } from './shard-set.js';

export interface AssignmentEntry {
  /** `mod_revision` of its key. */
  readonly version: number;
  readonly assignees: Assignees;
  /**
   * Who had each shard before it left, unless it has the shard again; as far as this process has followed. A shard that is taken
   * from a serving node for balance is nobody's to come back for.
   */
  readonly formerly: Assignees;
  /** Nodes of `assignees` and `formerly` that had left when this was written. */
  readonly away: ReadonlySet<string>;
}

export interface ClaimsEntry {
  readonly modRevision: number;
  readonly lease: string;
  readonly shards: ShardSet;
}

export interface LeaderEntry {
  readonly address: string;
  readonly startId: string;
  readonly createRevision: number;
  readonly lease: string;
}

/** The keys of one pool. */
export interface PoolParts {
  readonly leader: LeaderEntry | undefined;
  readonly assignment: AssignmentEntry | undefined;
  readonly claims: ReadonlyMap<string, ClaimsEntry>;
}

export const EMPTY_POOL: PoolParts = { leader: undefined, assignment: undefined, claims: new Map() };

/** The entry that follows another one. `serves` tells which nodes are there and do not drain. */
export function nextAssignment(
  before: AssignmentEntry | undefined,
  version: number,
  assignees: Assignees,
  serves: (address: string) => boolean,
): AssignmentEntry {
  const away = new Set<string>();
  for (const address of new Set([...(before?.assignees ?? []), ...(before?.formerly ?? [])]))
    if (address !== undefined && !serves(address)) away.add(address);
  const formerly = assignees.map((assignee, shard) => {
    const [previous, home] = [before?.assignees[shard], before?.formerly[shard]];
    // Back where it was: whoever had it meanwhile has no part in it.
    if (assignee === home && assignee !== undefined) return undefined;
    if (previous !== undefined && previous !== assignee && away.has(previous)) return previous;
    // A node that leaves again comes back for what it has now, not for what it had at an earlier time.
    const leavesAgain = home !== undefined && away.has(home) && !before?.away.has(home);
    return leavesAgain ? undefined : home;
  });
  return { version, assignees, formerly, away };
}

interface Owners {
  readonly byShard: readonly (string | undefined)[];
  /** Shards that two nodes claim, which must never be: nobody builds on them. */
  readonly contested: ReadonlySet<number>;
}

/** One shard space of the cluster at one revision: what its nodes decide by. */
export class PoolSnapshot {
  private readonly owners: Owners;
  private members: ReadonlyMap<string, RegisteredNode> | undefined;

  constructor(
    readonly name: string,
    readonly cluster: ClusterSnapshot,
    private readonly parts: PoolParts,
    previous?: PoolSnapshot,
  ) {
    this.owners = previous?.parts.claims === parts.claims ? previous.owners : ownersOf(parts.claims, cluster.shards);
    if (previous?.cluster.nodes === cluster.nodes) this.members = previous.members;
  }

  get revision(): number {
    return this.cluster.revision;
  }

  get shards(): number {
    return this.cluster.shards;
  }

  /** Live nodes of this pool by address. */
  get nodes(): ReadonlyMap<string, RegisteredNode> {
    this.members ??= new Map([...this.cluster.nodes].filter(([, { pool }]) => pool === this.name));
    return this.members;
  }

  get leader(): LeaderEntry | undefined {
    return this.parts.leader;
  }

  get assignment(): AssignmentEntry | undefined {
    return this.parts.assignment;
  }

  get claims(): ReadonlyMap<string, ClaimsEntry> {
    return this.parts.claims;
  }

  /** Owner of each shard, by shard number. */
  get ownerList(): readonly (string | undefined)[] {
    return this.owners.byShard;
  }

  ownerOf(shard: number): string | undefined {
    return this.owners.byShard[shard];
  }

  assigneeOf(shard: number): string | undefined {
    return this.parts.assignment?.assignees[shard];
  }

  /** True if nobody, or only this node, claims the shard. */
  isFreeFor(address: string, shard: number): boolean {
    const owner = this.owners.byShard[shard];
    return (owner === undefined || owner === address) && !this.owners.contested.has(shard);
  }
}

function ownersOf(claims: ReadonlyMap<string, ClaimsEntry>, shards: number): Owners {
  const byShard = Array.from<string | undefined>({ length: shards });
  const contested = new Set<number>();
  for (const [address, { shards: claimed }] of claims) {
    for (const shard of claimed) {
      if (byShard[shard] !== undefined) contested.add(shard);
      byShard[shard] = address;
    }
  }
  return { byShard, contested };
}
