import { uniqueId } from '../core/index.js';

/** Version of the keys and values under the prefix; processes of another layout must not share them. */
export const LAYOUT_VERSION = 1;

/** Identity of one etcd content. It is written once, by the first process; another or none means that etcd was wiped. */
export interface StoreRecord {
  /** Random. */
  readonly id: string;
  /** Greater than that of every store before it: the upper half of an epoch. */
  readonly generation: number;
  /** Number of shards of the cluster, fixed for the life of the store. */
  readonly shards: number;
  readonly layout: number;
}

/** A store for an empty prefix. `previousGeneration` is what this process remembers of the store before. */
export function newStore(shards: number, now: number, previousGeneration: number): StoreRecord {
  return { id: uniqueId(), generation: Math.max(now, previousGeneration + 1), shards, layout: LAYOUT_VERSION };
}

export function parseStore(value: Buffer): StoreRecord {
  const raw = JSON.parse(value.toString()) as Partial<StoreRecord>;
  return {
    id: String(raw.id ?? ''),
    generation: Number(raw.generation ?? 0),
    shards: Number(raw.shards ?? 0),
    layout: Number(raw.layout ?? 0),
  };
}
