import { DEFAULT_POOL } from '../core/index.js';

/** What a key under the prefix holds. */
export type KeyMeaning =
  | { readonly kind: 'store' | 'types' | 'unknown' }
  | { readonly kind: 'leader' | 'assignment'; readonly pool: string }
  | { readonly kind: 'node' | 'gate'; readonly address: string }
  | { readonly kind: 'claims'; readonly pool: string; readonly address: string };

/**
 * The keys of one cluster in etcd, all under one prefix, as one pool writes them. Leader, assignment and claims are the
 * pool's own; those of the default pool stand where they stood before there were pools, those of the others where
 * processes that know no pools do not look (ADR 0012).
 */
export class KeyLayout {
  /** With its closing slash. */
  readonly prefix: string;
  /** Identity of this etcd content; no lease, written once. */
  readonly store: string;
  /** Which pool hosts which object types; no lease. */
  readonly types: string;
  /** The leading node of the pool; ends with its lease. */
  readonly leader: string;
  /** Secret of the gates of this cluster for the tokens of clients; no lease, written once. */
  readonly clientKey: string;
  /** Wanted owner of every shard of the pool; no lease. */
  readonly assignment: string;
  private readonly poolPrefix: string;

  constructor(prefix: string, pool: string = DEFAULT_POOL) {
    this.prefix = prefix.endsWith('/') ? prefix : `${prefix}/`;
    this.poolPrefix = pool === DEFAULT_POOL ? this.prefix : `${this.prefix}pools/${pool}/`;
    this.store = `${this.prefix}store`;
    this.clientKey = `${this.prefix}client-key`;
    this.types = `${this.prefix}types`;
    this.leader = `${this.poolPrefix}leader`;
    this.assignment = `${this.poolPrefix}assignment`;
  }

  /** Registration of a node; ends with its lease. */
  node(address: string): string {
    return `${this.prefix}nodes/${address}`;
  }

  /** Registration of a gate; ends with its lease. */
  gate(address: string): string {
    return `${this.prefix}gates/${address}`;
  }

  /** The shards of the pool a node really holds; ends with its lease. */
  claims(address: string): string {
    return `${this.poolPrefix}claims/${address}`;
  }

  meaningOf(key: string): KeyMeaning {
    const rest = key.slice(this.prefix.length);
    if (rest === 'store' || rest === 'types') return { kind: rest };
    if (rest.startsWith('nodes/')) return { kind: 'node', address: rest.slice('nodes/'.length) };
    if (rest.startsWith('gates/')) return { kind: 'gate', address: rest.slice('gates/'.length) };
    const pool = /^pools\/([^/]+)\//.exec(rest);
    if (pool === null) return meaningInPool(rest, DEFAULT_POOL);
    return meaningInPool(rest.slice(pool[0].length), pool[1] ?? DEFAULT_POOL);
  }
}

function meaningInPool(rest: string, pool: string): KeyMeaning {
  if (rest === 'leader' || rest === 'assignment') return { kind: rest, pool };
  if (rest.startsWith('claims/')) return { kind: 'claims', pool, address: rest.slice('claims/'.length) };
  return { kind: 'unknown' };
}
