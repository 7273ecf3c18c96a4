import { EtcdLeaseInvalidError } from 'etcd3';
import type {
  Etcd3,
  IDuplexStream,
  ILeaseKeepAliveRequest,
  ILeaseKeepAliveResponse,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import type { Clock } from '../../core/index.js';
import { EndpointHealth } from './endpoint-health.js';
import { newEtcdClient } from './etcd-client.js';
import type { EtcdOptions } from './etcd-options.js';
import type { KeyEntry, KeyListing } from './key-entry.js';
import { toKeyEntry } from './key-entry.js';
import { prefixEnd } from './prefix-end.js';
import type { Transaction, TransactionResult } from './transaction.js';
import { toReadRequest, toTransactionResult, toTxnRequest } from './transaction.js';

const PAGE_KEYS = 500;
/** After so many failed streams in a row the client is built anew: some etcd3 errors never heal by themselves. */
const FAILURES_BEFORE_REBUILD = 3;

export interface GrantedLease {
  readonly id: string;
  readonly ttlSeconds: number;
}

export type StreamKind = 'watch' | 'keepalive';
export type WatchDuplex = IDuplexStream<IWatchRequest, IWatchResponse>;
export type KeepAliveDuplex = IDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>;

/** True if etcd said that the lease of a request does not exist (any more). */
export function isLeaseLost(error: unknown): boolean {
  return error instanceof EtcdLeaseInvalidError;
}

/**
 * One process's way to etcd: single requests with a deadline and without hidden retries, raw streams, endpoints that answer
 * before those that did not, and a client that is built anew when its streams keep failing. A rejected request may or may not have been carried out.
 */
export class EtcdConnection {
  private client: Etcd3;
  private readonly health: EndpointHealth;
  /** The newest stream of each kind. */
  private readonly streams = new Map<StreamKind, object>();
  private failures = 0;
  private closed = false;

  constructor(
    private readonly options: EtcdOptions,
    private readonly requestTimeoutMs: number,
    private readonly clock: Clock,
  ) {
    this.health = new EndpointHealth(options.endpoints, clock);
    this.client = newEtcdClient(options, clock, this.health);
  }

  /** The endpoints, for messages. */
  get endpoints(): string {
    return this.options.endpoints.join(', ');
  }

  /** Every key under the prefix at one revision; long lists are read in pages pinned to it. */
  async list(prefix: string): Promise<KeyListing> {
    const entries: KeyEntry[] = [];
    let revision = 0;
    let from = prefix;
    for (;;) {
      const answer = await this.client.kv.range(
        { key: Buffer.from(from), range_end: prefixEnd(prefix), limit: PAGE_KEYS, revision },
        this.deadline(),
      );
      if (revision === 0) revision = Number(answer.header.revision);
      for (const raw of answer.kvs) entries.push(toKeyEntry(raw));
      const last = entries.at(-1);
      if (!answer.more || last === undefined) return { revision, entries };
      from = `${last.key}\0`;
    }
  }

  /** Revision of the youngest key under the prefix now, 0 without keys: a cheap look past a watch that may be dead. */
  async youngestRevision(prefix: string): Promise<number> {
    const answer = await this.client.kv.range(
      {
        key: Buffer.from(prefix),
        range_end: prefixEnd(prefix),
        limit: 1,
        sort_order: 'Descend',
        sort_target: 'Mod',
        keys_only: true,
      },
      this.deadline(),
    );
    return Number(answer.kvs[0]?.mod_revision ?? 0);
  }

  async read(keys: readonly string[]): Promise<TransactionResult> {
    return toTransactionResult(await this.client.kv.txn(toReadRequest(keys), this.deadline()));
  }

  /** Rejects when the outcome is unknown, or with an error for which `isLeaseLost` holds. */
  async transact(transaction: Transaction): Promise<TransactionResult> {
    return toTransactionResult(await this.client.kv.txn(toTxnRequest(transaction), this.deadline()));
  }

  async grantLease(ttlSeconds: number): Promise<GrantedLease> {
    const answer = await this.client.leaseClient.leaseGrant({ TTL: ttlSeconds, ID: 0 }, this.deadline());
    return { id: answer.ID, ttlSeconds: Number(answer.TTL) };
  }

  async revokeLease(id: string): Promise<void> {
    await this.client.leaseClient.leaseRevoke({ ID: id }, this.deadline());
  }

  async openKeepAlive(): Promise<KeepAliveDuplex> {
    const stream = await this.client.leaseClient.leaseKeepAlive();
    this.streams.set('keepalive', stream);
    return stream;
  }

  async openWatch(): Promise<WatchDuplex> {
    const stream = await this.client.watchClient.watch();
    this.streams.set('watch', stream);
    return stream;
  }

  /** A stream ended with an error. */
  streamFailed(): void {
    this.failures++;
    if (this.failures >= FAILURES_BEFORE_REBUILD) this.rebuild();
  }

  /** A stream did not answer in time: its connection may be half open, and new streams would go the same way. */
  streamSilent(kind: StreamKind): void {
    const stream = this.streams.get(kind);
    if (stream !== undefined) this.health.silent(stream);
    this.rebuild();
  }

  streamWorks(): void {
    this.failures = 0;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.client.close();
  }

  private rebuild(): void {
    if (this.closed) return;
    this.failures = 0;
    this.client.close();
    this.client = newEtcdClient(this.options, this.clock, this.health);
  }

  private deadline(): { deadline: number } {
    return { deadline: this.clock.now() + this.requestTimeoutMs };
  }
}

/** Ends a stream for good. Its half-close comes first, else etcd3 takes our own cancel for a failed host. */
export function discardStream(stream: { end(): void; cancel(): void }): void {
  stream.end();
  stream.cancel();
}
