import { DEFAULT_POOL } from '../core/index.js';
import type { ClusterView } from './cluster-view.js';
import type { KeyEntry } from './etcd/index.js';
import type { RegisteredGate, RegisteredNode } from './member-record.js';
import type { PoolParts } from './pool-snapshot.js';
import { EMPTY_POOL, PoolSnapshot } from './pool-snapshot.js';
import type { StoreRecord } from './store-record.js';
import type { TypeDirectory, TypesEntry } from './type-directory.js';
import { poolsOfTypes } from './type-directory.js';

export interface SnapshotParts {
  readonly revision: number;
  readonly shards: number;
  readonly store: StoreRecord | undefined;
  readonly storeEntry: KeyEntry | undefined;
  readonly types: TypesEntry | undefined;
  /** Pools of types by earlier listings: a wiped etcd has forgotten types whose nodes are about to come back. */
  readonly rememberedTypes: TypeDirectory;
  readonly nodes: ReadonlyMap<string, RegisteredNode>;
  readonly gates: ReadonlyMap<string, RegisteredGate>;
  readonly pools: ReadonlyMap<string, PoolParts>;
}

/** A ClusterView with everything the members decide by: all keys under the prefix at one revision. */
export class ClusterSnapshot implements ClusterView {
  private readonly pools: ReadonlyMap<string, PoolSnapshot>;
  private poolByType: TypeDirectory | undefined;

  constructor(
    readonly parts: SnapshotParts,
    previous?: ClusterSnapshot,
  ) {
    this.pools = new Map(
      [...parts.pools].map(([name, pool]) => [name, new PoolSnapshot(name, this, pool, previous?.pools.get(name))]),
    );
    if (previous?.parts.nodes === parts.nodes && previous.parts.types === parts.types)
      this.poolByType = previous.poolByType;
  }

  static empty(shards: number): ClusterSnapshot {
    return new ClusterSnapshot({
      revision: 0,
      shards,
      store: undefined,
      storeEntry: undefined,
      types: undefined,
      rememberedTypes: new Map(),
      nodes: new Map(),
      gates: new Map(),
      pools: new Map([[DEFAULT_POOL, EMPTY_POOL]]),
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

  pool(name: string): PoolSnapshot {
    return this.pools.get(name) ?? new PoolSnapshot(name, this, EMPTY_POOL);
  }

  poolOf(type: string): string | undefined {
    return this.poolsByType.get(type);
  }

  get poolsByType(): TypeDirectory {
    const { nodes, types, rememberedTypes } = this.parts;
    this.poolByType ??= poolsOfTypes(nodes.values(), types?.pools, rememberedTypes);
    return this.poolByType;
  }

  ownerOf(shard: number, pool: string = DEFAULT_POOL): string | undefined {
    return this.pools.get(pool)?.ownerOf(shard);
  }

  assigneeOf(shard: number, pool: string = DEFAULT_POOL): string | undefined {
    return this.pools.get(pool)?.assigneeOf(shard);
  }
}
