/** What a key under the prefix holds. */
export type KeyMeaning =
  | { readonly kind: 'store' | 'leader' | 'assignment' | 'unknown' }
  | { readonly kind: 'node' | 'gate' | 'claims'; readonly address: string };

const FOLDERS = { 'nodes/': 'node', 'gates/': 'gate', 'claims/': 'claims' } as const;

/** The keys of one cluster in etcd, all under one prefix. */
export class KeyLayout {
  /** With its closing slash. */
  readonly prefix: string;
  /** Identity of this etcd content; no lease, written once. */
  readonly store: string;
  /** The leading node; ends with its lease. */
  readonly leader: string;
  /** Wanted owner of every shard; no lease. */
  readonly assignment: string;

  constructor(prefix: string) {
    this.prefix = prefix.endsWith('/') ? prefix : `${prefix}/`;
    this.store = `${this.prefix}store`;
    this.leader = `${this.prefix}leader`;
    this.assignment = `${this.prefix}assignment`;
  }

  /** Registration of a node; ends with its lease. */
  node(address: string): string {
    return `${this.prefix}nodes/${address}`;
  }

  /** Registration of a gate; ends with its lease. */
  gate(address: string): string {
    return `${this.prefix}gates/${address}`;
  }

  /** The shards a node really holds; ends with its lease. */
  claims(address: string): string {
    return `${this.prefix}claims/${address}`;
  }

  meaningOf(key: string): KeyMeaning {
    const rest = key.slice(this.prefix.length);
    if (rest === 'store' || rest === 'leader' || rest === 'assignment') return { kind: rest };
    for (const [folder, kind] of Object.entries(FOLDERS)) {
      if (rest.startsWith(folder)) return { kind, address: rest.slice(folder.length) };
    }
    return { kind: 'unknown' };
  }
}
