import type { Clock, TimerHandle } from '../core/index.js';
import type { ClaimMode, ClaimWrite } from './claim-ledger.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { ClusterLogger } from './cluster-logger.js';
import { claimTransaction } from './cluster-transactions.js';
import type { EtcdConnection, TransactionResult } from './etcd/index.js';
import { Backoff, isLeaseLost } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import type { Registration } from './registration.js';
import type { ShardHost } from './shard-host.js';

/** Shards whose last turns end within this time leave in one write. */
const RELEASE_WINDOW_MS = 10;

/** So long the last turns of a shard may take before it is postponed; doubled every time, for turns that are long. */
const FIRST_PATIENCE_MS = 250;
/** So long calls may run again on a postponed shard before its next attempt to leave. */
const REST_MS = 100;

export interface ClaimWriterParts {
  readonly connection: EtcdConnection;
  readonly keys: KeyLayout;
  readonly registration: Registration;
  readonly ledger: ClaimLedger;
  readonly host: ShardHost;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
  view(): PoolSnapshot;
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
  private releaseTimer: TimerHandle;
  /** How long shards that were postponed may take next time. */
  private readonly patience = new Map<number, number>();
  private readonly resting = new Set<number>();
  private stopped = false;

  constructor(private readonly parts: ClaimWriterParts) {}

  /** Does what the present view asks for. */
  step(): void {
    if (this.stopped || !this.parts.alive()) return;
    const { ledger } = this.parts;
    const view = this.parts.view();
    const mode = this.parts.mode();
    // Each by itself: a turn may wait for a call of an object that leaves too, and is only answered when that has left.
    for (const shard of ledger.startReleases(view, mode, this.resting)) void this.release(shard);
    const decision = ledger.decide(view, mode);
    if (decision.kind === 'fence') this.parts.onLost(decision.reason);
    if (decision.kind === 'write') void this.write(decision.write);
  }

  stop(): void {
    this.stopped = true;
    this.parts.clock.clearTimeout(this.timer);
    this.parts.clock.clearTimeout(this.releaseTimer);
  }

  /**
   * A turn may wait for a call of another object that leaves, even by way of a third one on another node: then each
   * waits for the other, and a shard has to stay for a while for both to go on.
   */
  private async release(shard: number): Promise<void> {
    const { host, clock, ledger, logger } = this.parts;
    const postponed = new AbortController();
    const patience = this.patience.get(shard) ?? FIRST_PATIENCE_MS;
    const timer = clock.setTimeout(() => postponed.abort(new Error('its turns do not end')), patience);
    try {
      await host.release(new Set([shard]), postponed.signal);
    } catch (error) {
      if (postponed.signal.aborted) return this.postpone(shard, patience);
      // Without the host's word that the turns have ended the shard stays claimed.
      logger.error(`Releasing shard ${shard} failed, it stays here: ${String(error)}`);
      return;
    } finally {
      clock.clearTimeout(timer);
    }
    this.patience.delete(shard);
    if (this.stopped) return;
    ledger.released([shard]);
    this.changeSoon();
  }

  private postpone(shard: number, patience: number): void {
    if (this.stopped) return;
    const { clock, ledger } = this.parts;
    this.patience.set(shard, patience * 2);
    this.resting.add(shard);
    ledger.postponed(shard);
    this.changeSoon();
    clock.setTimeout(() => {
      this.resting.delete(shard);
      this.step();
    }, REST_MS);
  }

  private changeSoon(): void {
    this.releaseTimer ??= this.parts.clock.setTimeout(() => this.changed(), RELEASE_WINDOW_MS);
  }

  private changed(): void {
    this.releaseTimer = undefined;
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
