import type { KeyEntry, KeyEvent, Transaction, TransactionResult } from '../../../src/cluster/etcd/index.js';

interface ModelLease {
  readonly ttlMs: number;
  expiresAt: number;
}

/** etcd as far as the cluster protocol can tell: keys with revisions, leases, transactions, history, wipes. */
export class EtcdModel {
  now = 0;
  revision = 1;
  /** Counts wipes, so that watchers know that they must list anew. */
  content = 0;
  readonly entries = new Map<string, KeyEntry>();
  private readonly leases = new Map<string, ModelLease>();
  private history: KeyEvent[] = [];
  private leaseNumber = 1_000;

  grant(ttlMs: number): string {
    const id = String(++this.leaseNumber);
    this.leases.set(id, { ttlMs, expiresAt: this.now + ttlMs });
    return id;
  }

  /** False when there is no such lease. */
  keepAlive(id: string): boolean {
    const lease = this.leases.get(id);
    if (lease !== undefined) lease.expiresAt = this.now + lease.ttlMs;
    return lease !== undefined;
  }

  /** Ends the leases whose time is over; each with all of its keys at one revision. */
  expire(): void {
    for (const [id, { expiresAt }] of this.leases) {
      if (expiresAt > this.now) continue;
      this.leases.delete(id);
      const keys = [...this.entries.values()].filter(({ lease }) => lease === id).map(({ key }) => key);
      if (keys.length > 0) this.revision++;
      for (const key of keys) {
        this.entries.delete(key);
        this.history.push({ kind: 'delete', key, revision: this.revision });
      }
    }
  }

  transact({ when, put, otherwiseRead = [] }: Transaction): TransactionResult | 'lease lost' {
    const holds = when.every((condition) => {
      const entry = this.entries.get(condition.key);
      if ('createRevision' in condition) return (entry?.createRevision ?? 0) === condition.createRevision;
      if ('modRevision' in condition) return (entry?.modRevision ?? 0) === condition.modRevision;
      if ('lease' in condition) return (entry?.lease ?? '0') === condition.lease;
      return entry?.value.equals(condition.value) ?? false;
    });
    if (!holds) {
      const found = otherwiseRead
        .flatMap((key) => this.entries.get(key) ?? [])
        .map((entry) => [entry.key, entry] as const);
      return { succeeded: false, revision: this.revision, found: new Map(found) };
    }
    if (put.some(({ lease }) => lease !== undefined && !this.leases.has(lease))) return 'lease lost';
    if (put.length > 0) this.revision++;
    for (const { key, value, lease = '0' } of put) {
      const createRevision = this.entries.get(key)?.createRevision ?? this.revision;
      const entry = { key, value: Buffer.from(value), createRevision, modRevision: this.revision, lease };
      this.entries.set(key, entry);
      this.history.push({ kind: 'put', entry });
    }
    return { succeeded: true, revision: this.revision, found: new Map() };
  }

  /** The events of the revisions after this one, whole revisions, as many revisions as told. */
  eventsAfter(revision: number, revisions: number): KeyEvent[] {
    const rest = this.history.filter((event) => revisionOf(event) > revision);
    const taken = [...new Set(rest.map(revisionOf))].slice(0, revisions);
    return rest.filter((event) => taken.includes(revisionOf(event)));
  }

  /** Everything is lost, revisions may go on from anywhere. */
  wipe(revision: number): void {
    this.entries.clear();
    this.leases.clear();
    this.history = [];
    this.revision = revision;
    this.content++;
  }
}

function revisionOf(event: KeyEvent): number {
  return event.kind === 'put' ? event.entry.modRevision : event.revision;
}
