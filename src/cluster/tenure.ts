import type { Clock } from '../core/index.js';
import { ClaimLedger } from './claim-ledger.js';
import type { ClaimMode } from './claim-ledger.js';
import { ClaimWriter } from './claim-writer.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { ClusterObserver } from './cluster-observer.js';
import type { EtcdConnection } from './etcd/index.js';
import { Backoff, isLeaseLost, pause } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import { LeaderDuty } from './leader-duty.js';
import { missingNodes } from './leadership.js';
import type { LeaseClock } from './lease-clock.js';
import type { Joined } from './membership.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import { registrationConditions } from './registration.js';
import type { ShardHost } from './shard-host.js';

export interface TenureParts {
  readonly connection: EtcdConnection;
  readonly observer: ClusterObserver;
  readonly keys: KeyLayout;
  readonly joined: Joined;
  readonly startId: string;
  readonly shards: number;
  readonly pool: string;
  readonly minNodes: number;
  readonly host: ShardHost;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
  /** The content of the registration of a draining node. */
  drainingRecord(): string;
  onChange(): void;
  onLost(reason: string): void;
}

/** All that a node does under one registration and its lease: claims, leadership, draining. Ends with the lease. */
export class Tenure {
  readonly ledger: ClaimLedger;
  private readonly writer: ClaimWriter;
  private readonly duty: LeaderDuty;
  private readonly ending = new AbortController();
  /** `ending` has been aborted: cheaper to ask before every turn. */
  private over = false;
  private intent: 'serve' | 'drain' | 'leave' = 'serve';
  private lossTold = false;

  constructor(private readonly parts: TenureParts) {
    const { connection, observer, keys, joined, shards, startId, clock, logger, host } = parts;
    const { registration } = joined;
    const shared = {
      connection,
      keys,
      registration,
      clock,
      logger,
      view: () => this.view(),
      alive: () => this.alive(),
      wrote: (revision: number) => observer.expect(revision),
    };
    this.ledger = new ClaimLedger(registration, keys, shards);
    this.writer = new ClaimWriter({
      ...shared,
      ledger: this.ledger,
      host,
      mode: () => this.claimMode(),
      onChange: () => parts.onChange(),
      onLost: (reason) => this.lost(reason),
    });
    this.duty = new LeaderDuty({ ...shared, startId, candidate: () => this.candidate() });
    joined.keeper.onLost = (reason) => this.lost(reason);
  }

  /** The lease clock runs. Finding out that it does not is a loss. */
  alive(): boolean {
    if (this.over) return false;
    if (this.parts.joined.keeper.leaseClock.alive()) return true;
    queueMicrotask(() => this.lost('its lease clock ran out'));
    return false;
  }

  get leaseClock(): LeaseClock {
    return this.parts.joined.keeper.leaseClock;
  }

  /** Does what the present view asks for. */
  step(): void {
    if (!this.alive()) return;
    this.writer.step();
    if (!this.ending.signal.aborted) this.duty.step();
  }

  /** Takes no more shards and hands over those it has. */
  drain(): void {
    if (this.intent !== 'serve') return;
    this.intent = 'drain';
    void this.announceDraining();
    this.step();
  }

  /** Gives up all shards, whether somebody takes them or not. */
  leave(): void {
    this.intent = 'leave';
    this.step();
  }

  /** Does nothing more under this registration; the lease runs out by itself. */
  end(): void {
    this.over = true;
    this.ending.abort();
    this.writer.stop();
    this.duty.stop();
    this.parts.joined.keeper.stop();
  }

  /** Ends the lease in etcd; only after the last turn. */
  async revoke(): Promise<void> {
    this.end();
    await this.parts.joined.keeper.revoke();
  }

  private view(): PoolSnapshot {
    return this.parts.observer.snapshot.pool(this.parts.pool);
  }

  private claimMode(): ClaimMode {
    if (this.intent === 'serve') return 'serving';
    return this.intent === 'leave' || !this.hasSuccessor() ? 'leaving' : 'draining';
  }

  private hasSuccessor(): boolean {
    const view = this.view();
    if (missingNodes(view, this.parts.minNodes) > 0) return false;
    const { address } = this.parts.joined.registration;
    return [...view.nodes.values()].some(
      (node) => node.address !== address && node.state === 'serving' && node.weight > 0,
    );
  }

  private candidate() {
    const { registration } = this.parts.joined;
    return {
      address: registration.address,
      lease: registration.lease,
      draining: this.intent !== 'serve',
      minNodes: this.parts.minNodes,
    };
  }

  private async announceDraining(): Promise<void> {
    const { connection, keys, joined, observer, clock } = this.parts;
    const { registration } = joined;
    const backoff = new Backoff();
    while (this.alive()) {
      try {
        const result = await connection.transact({
          when: registrationConditions(registration, keys),
          put: [{ key: registration.key, value: this.parts.drainingRecord(), lease: registration.lease }],
        });
        if (result.succeeded) return observer.expect(result.revision);
      } catch (error) {
        if (isLeaseLost(error)) return this.lost('etcd does not have its lease any more');
      }
      await pause(clock, backoff.next(), this.ending.signal);
    }
  }

  private lost(reason: string): void {
    if (this.lossTold || this.ending.signal.aborted) return;
    this.lossTold = true;
    this.end();
    this.parts.onLost(reason);
  }
}
