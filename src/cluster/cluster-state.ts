import type { SnapshotParts } from './cluster-snapshot.js';
import { ClusterSnapshot } from './cluster-snapshot.js';
import type { KeyEntry, KeyEvent, KeyListing } from './etcd/index.js';
import { revisionOf } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { RegisteredGate, RegisteredNode } from './member-record.js';
import { parseGate, parseNode } from './member-record.js';
import type { LeaderEntry, PoolParts } from './pool-snapshot.js';
import { EMPTY_POOL, nextAssignment } from './pool-snapshot.js';
import type { Assignees } from './shard-list-codec.js';
import { decodeAssignment, decodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';
import type { StoreRecord } from './store-record.js';
import { parseStore } from './store-record.js';
import type { TypeDirectory, TypesEntry } from './type-directory.js';
import { decodeTypes } from './type-directory.js';

/** A snapshot under construction; maps are copied at the first write only, so unchanged parts stay the same object. */
interface Draft {
  revision: number;
  store: StoreRecord | undefined;
  storeEntry: KeyEntry | undefined;
  types: TypesEntry | undefined;
  rememberedTypes: TypeDirectory;
  nodes: ReadonlyMap<string, RegisteredNode>;
  gates: ReadonlyMap<string, RegisteredGate>;
  pools: ReadonlyMap<string, PoolParts>;
  problems: string[];
}

/**
 * Turns one listing and the events after it into snapshots, each of the whole prefix at one revision. No I/O.
 * A value that cannot be read is reported.
 */
export class ClusterState {
  private current: ClusterSnapshot;

  constructor(
    private readonly keys: KeyLayout,
    private readonly shards: number,
    private readonly onProblem: (message: string) => void = () => {},
  ) {
    this.current = ClusterSnapshot.empty(shards);
  }

  get snapshot(): ClusterSnapshot {
    return this.current;
  }

  /** Starts over from a listing. */
  reset(listing: KeyListing): ClusterSnapshot {
    const draft: Draft = {
      ...ClusterSnapshot.empty(this.shards).parts,
      revision: listing.revision,
      rememberedTypes: this.current.poolsByType,
      problems: [],
    };
    // Nodes first: what an assignment means for later depends on who is there.
    const isNode = ({ key }: KeyEntry): boolean => this.keys.meaningOf(key).kind === 'node';
    for (const entry of listing.entries) if (isNode(entry)) this.put(draft, entry);
    for (const entry of listing.entries) if (!isNode(entry)) this.put(draft, entry);
    return this.publish(draft);
  }

  /** Applies the events of one or more whole revisions. */
  apply(events: readonly KeyEvent[]): ClusterSnapshot {
    const draft: Draft = { ...this.current.parts, problems: [] };
    for (const event of events) {
      draft.revision = Math.max(draft.revision, revisionOf(event));
      if (event.kind === 'put') this.put(draft, event.entry);
      else this.remove(draft, event.key);
    }
    return this.publish(draft);
  }

  private publish(draft: Draft): ClusterSnapshot {
    const { problems, ...rest } = draft;
    const parts: SnapshotParts = { ...rest, shards: this.shards };
    // In a cluster with another number of shards nothing can be read; that one problem is told at the start.
    if (parts.store === undefined || parts.store.shards === this.shards) problems.forEach(this.onProblem);
    this.current = new ClusterSnapshot(parts, this.current);
    return this.current;
  }

  private put(draft: Draft, entry: KeyEntry): void {
    try {
      this.putParsed(draft, entry);
    } catch (error) {
      this.putUnreadable(draft, entry);
      const why = error instanceof Error ? error.message : String(error);
      draft.problems.push(`The etcd key ${entry.key} holds something this version cannot read: ${why}`);
    }
  }

  /** The cautious reading: an assignment of nothing, claims of everything, no types; any other key as if it were absent. */
  private putUnreadable(draft: Draft, entry: KeyEntry): void {
    const meaning = this.keys.meaningOf(entry.key);
    const { modRevision, lease } = entry;
    if (meaning.kind === 'assignment') {
      const assignees = Array.from<undefined>({ length: this.shards });
      this.assign(draft, meaning.pool, modRevision, assignees);
    } else if (meaning.kind === 'claims') {
      const shards = new ShardSet(this.shards, Array(this.shards).keys());
      setClaims(draft, meaning, (claims) => withEntry(claims, meaning.address, { modRevision, lease, shards }));
    } else if (meaning.kind === 'types') {
      draft.types = { version: modRevision, pools: new Map() };
    } else {
      this.remove(draft, entry.key);
    }
  }

  private putParsed(draft: Draft, entry: KeyEntry): void {
    const meaning = this.keys.meaningOf(entry.key);
    const { value, createRevision, modRevision, lease } = entry;
    switch (meaning.kind) {
      case 'store':
        draft.store = parseStore(value);
        draft.storeEntry = entry;
        return;
      case 'types':
        draft.types = { version: modRevision, pools: decodeTypes(value) };
        return;
      case 'leader':
        setPool(draft, meaning.pool, { leader: { ...parseLeader(value), createRevision, lease } });
        return;
      case 'assignment': {
        this.assign(draft, meaning.pool, modRevision, decodeAssignment(value, this.shards));
        return;
      }
      case 'node':
        draft.nodes = withEntry(draft.nodes, meaning.address, {
          ...parseNode(meaning.address, value),
          createRevision,
          lease,
        });
        return;
      case 'gate':
        draft.gates = withEntry(draft.gates, meaning.address, {
          ...parseGate(meaning.address, value),
          createRevision,
          lease,
        });
        return;
      case 'claims': {
        const shards = decodeClaims(value, this.shards);
        setClaims(draft, meaning, (claims) => withEntry(claims, meaning.address, { modRevision, lease, shards }));
        return;
      }
      case 'unknown':
    }
  }

  /** A listing, even of another content of etcd, goes on from what was there before. */
  private assign(draft: Draft, pool: string, version: number, assignees: Assignees): void {
    const before = draft.pools.get(pool)?.assignment ?? this.current.parts.pools.get(pool)?.assignment;
    const serves = (address: string): boolean => {
      const node = draft.nodes.get(address);
      return node?.pool === pool && node.state === 'serving';
    };
    setPool(draft, pool, { assignment: nextAssignment(before, version, assignees, serves) });
  }

  private remove(draft: Draft, key: string): void {
    const meaning = this.keys.meaningOf(key);
    switch (meaning.kind) {
      case 'store':
        draft.store = undefined;
        draft.storeEntry = undefined;
        return;
      case 'types':
        draft.types = undefined;
        return;
      case 'leader':
        setPool(draft, meaning.pool, { leader: undefined });
        return;
      case 'assignment':
        setPool(draft, meaning.pool, { assignment: undefined });
        return;
      case 'node':
        draft.nodes = withoutEntry(draft.nodes, meaning.address);
        return;
      case 'gate':
        draft.gates = withoutEntry(draft.gates, meaning.address);
        return;
      case 'claims':
        setClaims(draft, meaning, (claims) => withoutEntry(claims, meaning.address));
        return;
      case 'unknown':
    }
  }
}

function parseLeader(value: Buffer): { address: string; startId: string } {
  const raw = JSON.parse(value.toString()) as Partial<LeaderEntry>;
  return { address: raw.address ?? '', startId: raw.startId ?? '' };
}

function setPool(draft: Draft, pool: string, change: Partial<PoolParts>): void {
  draft.pools = withEntry(draft.pools, pool, { ...(draft.pools.get(pool) ?? EMPTY_POOL), ...change });
}

function setClaims(
  draft: Draft,
  { pool }: { pool: string },
  change: (claims: PoolParts['claims']) => PoolParts['claims'],
): void {
  setPool(draft, pool, { claims: change((draft.pools.get(pool) ?? EMPTY_POOL).claims) });
}

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}

function withoutEntry<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
