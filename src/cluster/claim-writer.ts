import type { Clock, TimerHandle } from '../core/index.js';
import type { ClaimMode, ClaimWrite } from './claim-ledger.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { ClusterSnapshot } from './cluster-snapshot.js';
import { claimTransaction } from './cluster-transactions.js';
import type { EtcdConnection, TransactionResult } from './etcd/index.js';
import { Backoff, isLeaseLost } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { Registration } from './registration.js';
import type { ShardHost } from './shard-host.js';

/** Shards are handed to the host in a few groups, so that one long turn does not hold up all the others. */
const RELEASE_GROUPS = 8;
const LEAST_GROUP = 64;

export interface ClaimWriterParts {
  readonly connection: EtcdConnection;
  readonly keys: KeyLayout;
  readonly registration: Registration;
  readonly ledger: ClaimLedger;
  readonly host: ShardHost;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
  view(): ClusterSnapshot;
  mode(): ClaimMode;
  /** The lease clock runs. */
  alive(): boolean;
  /** A revision of this process's own, which the watch has to deliver. */
  wrote(revision: number): void;
  /** What is held or claimed has changed. */
  onChange(): void;
  onLost(reason: string): void;
}

/** Carries out what the ledger decides: tells the host to release, writes the claims, one write at a time. */
export class ClaimWriter {
  private readonly backoff = new Backoff();
  private timer: TimerHandle;
  private stopped = false;

  constructor(private readonly parts: ClaimWriterParts) {}

  /** Does what the present view asks for. */
  step(): void {
    if (this.stopped || !this.parts.alive()) return;
    const { ledger } = this.parts;
    const view = this.parts.view();
    const mode = this.parts.mode();
    const leaving = ledger.startReleases(view, mode);
    for (const group of inGroups(leaving)) void this.release(group);
    const decision = ledger.decide(view, mode);
    if (decision.kind === 'fence') this.parts.onLost(decision.reason);
    if (decision.kind === 'write') void this.write(decision.write);
  }

  stop(): void {
    this.stopped = true;
    this.parts.clock.clearTimeout(this.timer);
  }

  private async release(group: ReadonlySet<number>): Promise<void> {
    try {
      await this.parts.host.release(group);
    } catch (error) {
      // Without the host's word that the turns have ended the shards stay claimed.
      this.parts.logger.error(`Releasing ${group.size} shard(s) failed, they stay here: ${String(error)}`);
      return;
    }
    if (this.stopped) return;
    this.parts.ledger.released(group);
    this.parts.onChange();
    this.step();
  }

  private async write(write: ClaimWrite): Promise<void> {
    const result = await this.send(write);
    // The answer may come after the lease has run out, and then tells nothing about now.
    if (this.stopped || !this.parts.alive()) return;
    const { ledger } = this.parts;
    if (result === 'lease lost') return this.parts.onLost('etcd does not have its lease any more');
    if (result === undefined) ledger.unknown();
    else if (result.succeeded) return this.succeeded(write, result.revision);
    else {
      const loss = ledger.refused(result.found);
      if (loss !== undefined) return this.parts.onLost(loss);
    }
    this.retryLater();
  }

  private succeeded(write: ClaimWrite, revision: number): void {
    const { ledger, host, logger, registration } = this.parts;
    this.backoff.reset();
    const acquired = ledger.succeeded(revision);
    this.parts.wrote(revision);
    logger.log(
      `${registration.address} claimed ${acquired.size} and released ${write.removed} shard(s), holds ${ledger.heldCount}`,
    );
    if (acquired.size > 0) host.acquired?.(new Set(acquired));
    this.parts.onChange();
    this.step();
  }

  private async send(write: ClaimWrite): Promise<TransactionResult | 'lease lost' | undefined> {
    const { connection, keys, registration } = this.parts;
    try {
      return await connection.transact(claimTransaction(write, registration, keys));
    } catch (error) {
      return isLeaseLost(error) ? 'lease lost' : undefined;
    }
  }

  private retryLater(): void {
    const { clock } = this.parts;
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => this.step(), this.backoff.next());
  }
}

function inGroups(shards: readonly number[]): ReadonlySet<number>[] {
  const size = Math.max(LEAST_GROUP, Math.ceil(shards.length / RELEASE_GROUPS));
  const groups: ReadonlySet<number>[] = [];
  for (let i = 0; i < shards.length; i += size) groups.push(new Set(shards.slice(i, i + size)));
  return groups;
}
