import type { ClusterView } from './cluster-view.js';
import type { KeyEntry } from './etcd/index.js';
import type { RegisteredGate, RegisteredNode } from './member-record.js';
import type { Assignees } from './shard-list-codec.js';
import type { ShardSet } from './shard-set.js';
import type { StoreRecord } from './store-record.js';

export interface AssignmentEntry {
  /** `mod_revision` of its key. */
  readonly version: number;
  readonly assignees: Assignees;
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

export interface SnapshotParts {
  readonly revision: number;
  readonly shards: number;
  readonly store: StoreRecord | undefined;
  readonly storeEntry: KeyEntry | undefined;
  readonly nodes: ReadonlyMap<string, RegisteredNode>;
  readonly gates: ReadonlyMap<string, RegisteredGate>;
  readonly leader: LeaderEntry | undefined;
  readonly assignment: AssignmentEntry | undefined;
  readonly claims: ReadonlyMap<string, ClaimsEntry>;
}

interface Owners {
  readonly byShard: readonly (string | undefined)[];
  /** Shards that two nodes claim, which must never be: nobody builds on them. */
  readonly contested: ReadonlySet<number>;
}

/** A ClusterView with everything the members decide by: all keys under the prefix at one revision. */
export class ClusterSnapshot implements ClusterView {
  private readonly owners: Owners;

  constructor(
    readonly parts: SnapshotParts,
    previous?: ClusterSnapshot,
  ) {
    this.owners = previous?.parts.claims === parts.claims ? previous.owners : ownersOf(parts.claims, parts.shards);
  }

  static empty(shards: number): ClusterSnapshot {
    return new ClusterSnapshot({
      revision: 0,
      shards,
      store: undefined,
      storeEntry: undefined,
      nodes: new Map(),
      gates: new Map(),
      leader: undefined,
      assignment: undefined,
      claims: new Map(),
    });
  }

  get store(): string {
    return this.parts.store?.id ?? '';
  }

  get revision(): number {
    return this.parts.revision;
  }

  get shards(): number {
    return this.parts.shards;
  }

  get nodes(): ReadonlyMap<string, RegisteredNode> {
    return this.parts.nodes;
  }

  get gates(): ReadonlyMap<string, RegisteredGate> {
    return this.parts.gates;
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

  /** Owner of each shard, by shard number. */
  get ownerList(): readonly (string | undefined)[] {
    return this.owners.byShard;
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
