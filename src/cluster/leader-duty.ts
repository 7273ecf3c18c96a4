import type { Clock, TimerHandle } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import { campaignTransaction, planTransaction } from './cluster-transactions.js';
import type { EtcdConnection, Transaction } from './etcd/index.js';
import { Backoff } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import type { Candidate, PlanPace } from './leadership.js';
import { decideLeadership } from './leadership.js';
import type { Plan } from './planner.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import type { Registration } from './registration.js';

/** A burst of joins makes one plan. */
const JOIN_DEBOUNCE_MS = 120;
/** Least time between plans that only follow up the moves of the one before. */
const FOLLOW_UP_MS = 100;

export interface LeaderDutyParts {
  readonly connection: EtcdConnection;
  readonly keys: KeyLayout;
  readonly registration: Registration;
  readonly startId: string;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
  view(): PoolSnapshot;
  candidate(): Candidate;
  alive(): boolean;
  wrote(revision: number): void;
}

/** Stands for election when there is no leader, and plans while this node leads. Two leaders cost moves, never safety. */
export class LeaderDuty {
  private readonly backoff = new Backoff();
  private timer: TimerHandle;
  private busy = false;
  private stopped = false;
  /** This process wrote this revision; a view before it would lead to the same decision again. */
  private ownRevision = 0;
  private balanceWantedSince: number | undefined;
  private lastPlan: { at: number; postponed: number } = { at: -Infinity, postponed: 0 };

  constructor(private readonly parts: LeaderDutyParts) {}

  /** Does what the present view asks for. */
  step(): void {
    if (this.stopped || this.busy || !this.parts.alive()) return;
    const view = this.parts.view();
    if (view.revision < this.ownRevision) return;
    const decision = decideLeadership(view, this.parts.candidate());
    if (decision.kind !== 'plan') this.balanceWantedSince = undefined;
    if (decision.kind === 'campaign') void this.campaign(view);
    if (decision.kind !== 'plan') return;
    const wait = this.waitFor(decision.pace);
    if (wait > 0) this.stepIn(wait);
    else void this.write(view, decision.plan);
  }

  stop(): void {
    this.stopped = true;
    this.parts.clock.clearTimeout(this.timer);
  }

  private waitFor(pace: PlanPace): number {
    const now = this.parts.clock.monotonic();
    if (pace === 'soon') return this.lastPlan.at + FOLLOW_UP_MS - now;
    if (pace === 'now' || this.lastPlan.postponed > 0) return 0;
    this.balanceWantedSince ??= now;
    return this.balanceWantedSince + JOIN_DEBOUNCE_MS - now;
  }

  private async campaign(view: PoolSnapshot): Promise<void> {
    const { keys, registration, startId, logger } = this.parts;
    const won = await this.transact(campaignTransaction(registration, startId, keys));
    if (won) logger.log(`${registration.address} leads the cluster (${view.nodes.size} node(s))`);
  }

  private async write(view: PoolSnapshot, plan: Plan): Promise<void> {
    const { keys, registration, logger, clock } = this.parts;
    const written = await this.transact(planTransaction(plan, view, registration, keys));
    if (!written) return;
    this.lastPlan = { at: clock.monotonic(), postponed: plan.postponed };
    this.balanceWantedSince = undefined;
    logger.log(
      `${registration.address} planned ${plan.changed} change(s) for ${view.nodes.size} node(s): ` +
        `${plan.orphans} shard(s) without owner, ${plan.drained} drained, ${plan.balanced} balanced, ${plan.postponed} later`,
    );
  }

  /** Whatever the answer, the view or a timer leads to the next step. */
  private async transact(transaction: Transaction): Promise<boolean> {
    this.busy = true;
    let succeeded = false;
    try {
      const result = await this.parts.connection.transact(transaction);
      succeeded = result.succeeded;
      if (succeeded) {
        this.ownRevision = result.revision;
        this.parts.wrote(result.revision);
        this.backoff.reset();
      }
    } catch {
      // Unknown outcome: if it landed the view will say so, else the next step tries again.
    }
    this.busy = false;
    if (!this.stopped) this.stepIn(succeeded ? 0 : this.backoff.next());
    return succeeded;
  }

  private stepIn(ms: number): void {
    const { clock } = this.parts;
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => this.step(), ms);
  }
}
