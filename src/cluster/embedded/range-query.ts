import type { KeyRange } from './key-range.js';
import type { KeyValue } from './key-value.js';

export type SortTarget = 'Key' | 'Version' | 'Create' | 'Mod' | 'Value';
export type SortOrder = 'None' | 'Ascend' | 'Descend';

/** A Range request. 0 means "no bound" in every number; `revision` 0 is now. */
export interface RangeQuery {
  readonly range: KeyRange;
  readonly revision: number;
  readonly limit: number;
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}

export interface RangeAnswer {
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Keys in the range, whatever limit and revision filters leave of them: that is how etcd counts. */
  readonly count: number;
}

/** What a query can be asked of: the store, or a write that sees its own changes. */
export interface Readable {
  readonly revision: number;
  find(range: KeyRange, revision: number): KeyValue[];
}

const NO_VALUE = Buffer.alloc(0);

/** Answers a Range request the way etcd's applier does (server/etcdserver/apply.go, Range). */
export function runRange(readable: Readable, query: RangeQuery): RangeAnswer {
  const all = readable.find(query.range, query.revision);
  const facts = { revision: readable.revision, count: all.length };
  if (query.countOnly) return { ...facts, kvs: [], more: false };
  const kvs = sorted(filtered(fetched(all, query), query), query);
  const more = query.limit > 0 && kvs.length > query.limit;
  const page = more ? kvs.slice(0, query.limit) : kvs;
  return { ...facts, more, kvs: query.keysOnly ? page.map((kv) => ({ ...kv, value: NO_VALUE })) : page };
}

/** A sort target without an order sorts only the page, because etcd fetches by key up to the limit first. */
function fetched(all: KeyValue[], query: RangeQuery): KeyValue[] {
  const wantsAll = query.sortOrder !== 'None' || hasFilters(query) || query.limit <= 0;
  return wantsAll ? all : all.slice(0, query.limit + 1);
}

function hasFilters(query: RangeQuery): boolean {
  return (query.minModRevision || query.maxModRevision || query.minCreateRevision || query.maxCreateRevision) !== 0;
}

function filtered(kvs: KeyValue[], query: RangeQuery): KeyValue[] {
  if (!hasFilters(query)) return kvs;
  return kvs.filter(
    (kv) =>
      within(kv.modRevision, query.minModRevision, query.maxModRevision) &&
      within(kv.createRevision, query.minCreateRevision, query.maxCreateRevision),
  );
}

function within(revision: number, min: number, max: number): boolean {
  return (min === 0 || revision >= min) && (max === 0 || revision <= max);
}

const COMPARE: Record<SortTarget, (a: KeyValue, b: KeyValue) => number> = {
  Key: (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  Version: (a, b) => a.version - b.version,
  Create: (a, b) => a.createRevision - b.createRevision,
  Mod: (a, b) => a.modRevision - b.modRevision,
  Value: (a, b) => Buffer.compare(a.value, b.value),
};

function sorted(kvs: KeyValue[], query: RangeQuery): KeyValue[] {
  if (query.sortOrder === 'None' && query.sortTarget === 'Key') return kvs;
  const compare = COMPARE[query.sortTarget];
  return [...kvs].toSorted(query.sortOrder === 'Descend' ? (a, b) => compare(b, a) : compare);
}
