import type { Clock } from '../core/index.js';
import { DEFAULT_POOL, goverseError, systemClock } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import { silentLogger } from './cluster-logger.js';
import type { ClusterNodeOptions } from './cluster-node-options.js';
import type { ClusterView, ViewSource } from './cluster-view.js';
import { pause } from './etcd/index.js';
import type { LeaseClock } from './lease-clock.js';
import { encodeNode } from './member-record.js';
import type { NodeRecord } from './member-record.js';
import type { Readiness } from './node-readiness.js';
import { readinessOf } from './node-readiness.js';
import type { NodeEvent, NodeState } from './node-state.js';
import { nextState } from './node-state.js';
import { Presence } from './presence.js';
import { PROTOCOL } from './protocol.js';
import type { ShardEpoch } from './shard-epoch.js';
import type { ShardHost } from './shard-host.js';
import { Tenure } from './tenure.js';

/**
 * A node's place in the cluster: registers it, claims the shards assigned to it, hands them over, takes part in the
 * election, and fences it when its lease may be gone (cluster.md). Runs no turns: it tells the `ShardHost` what it may run.
 */
export class ClusterNode implements ViewSource {
  private current: NodeState = { name: 'joining' };
  private tenure: Tenure | undefined;
  private hadShare = false;
  /** Resolves when the turns of a lost registration have ended. */
  private fencing: Promise<void> | undefined;
  private readonly presence: Presence;
  private readonly clock: Clock;
  /** The shard space this node takes part in. */
  readonly pool: string;
  private readonly logger: ClusterLogger;
  /** Aborted when this node no longer wants to join. */
  private readonly parting = new AbortController();
  private partingSince: number | undefined;
  private starting: Promise<void> | undefined;
  private rejoining: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly options: ClusterNodeOptions,
    private readonly host: ShardHost,
  ) {
    this.pool = options.pool ?? DEFAULT_POOL;
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? silentLogger;
    this.presence = new Presence({
      ...options,
      role: 'node',
      pool: this.pool,
      clock: this.clock,
      logger: this.logger,
      record: () => this.record('serving'),
      readiness: () => this.judge(),
    });
  }

  get view(): ClusterView {
    return this.presence.observer.snapshot;
  }

  get state(): NodeState['name'] {
    return this.current.name;
  }

  onView(listener: (view: ClusterView) => void): () => void {
    return this.presence.listeners.add(listener);
  }

  nextView(signal?: AbortSignal): Promise<ClusterView> {
    return this.presence.listeners.next(signal);
  }

  /**
   * Resolves when the node is registered; keeps trying while etcd is away. Rejects with `ADDRESS_IN_USE`,
   * `SHARDS_MISMATCH`, `LAYOUT_MISMATCH`, `PROTOCOL_MISMATCH` or `POOL_MISMATCH`, and with `NOT_READY` when it is stopped
   * meanwhile.
   */
  start(): Promise<void> {
    this.starting ??= this.startNow();
    return this.starting;
  }

  /** Resolves at the first readiness; rejects when the node was stopped or could not start. */
  whenReady(): Promise<void> {
    return this.presence.readiness.whenReady();
  }

  readiness(): Readiness {
    return this.presence.readiness.value;
  }

  onReadiness(listener: (readiness: Readiness) => void): () => void {
    return this.presence.readiness.on(listener);
  }

  /** This node has a confirmed claim on the shard and is not giving it away. Turns need `alive()` besides. */
  holds(shard: number): boolean {
    return this.tenure?.ledger.holds(shard) ?? false;
  }

  /** The last turns of the shard are ending here; another node is next. */
  releasing(shard: number): boolean {
    return this.tenure?.ledger.releasing(shard) ?? false;
  }

  /** When this node acquired the shard; undefined if it does not hold it. */
  epochOf(shard: number): ShardEpoch | undefined {
    return this.tenure?.ledger.epochOf(shard);
  }

  /** Of the present registration; undefined while the node has none. */
  get leaseClock(): LeaseClock | undefined {
    return this.tenure?.leaseClock;
  }

  /** The lease certainly lives, by this process's own clock. Asked before every turn, call, push, reply and save. */
  alive(): boolean {
    return this.tenure?.alive() ?? false;
  }

  /** Takes no more shards and hands over those it has; resolves when it has none, at once if nobody could take them. */
  async drain(): Promise<void> {
    this.part();
    this.tenure?.drain();
    this.presence.update();
    await this.until(() => this.tenure?.ledger.isEmpty ?? true);
  }

  /**
   * Leaves: waits until the host has released what is left, revokes the lease, closes. When the host is not done by
   * `drainTimeoutMs` the lease is left to run out instead, so that nobody takes shards whose turns still run.
   */
  stop(): Promise<void> {
    this.stopping ??= this.stopNow();
    return this.stopping;
  }

  /** Vanishes like a crashed process: nothing is handed over or revoked. For tests. */
  kill(): void {
    this.parting.abort();
    this.change({ kind: 'stop' });
    this.tenure?.end();
    this.tenure = undefined;
    this.presence.close(this.stoppedError());
  }

  private async startNow(): Promise<void> {
    this.presence.start(() => this.tenure?.step());
    try {
      await this.join('first');
    } catch (error) {
      this.change({ kind: 'stop' });
      this.presence.close(error);
      throw error;
    }
  }

  private async join(kind: 'first' | 'again'): Promise<void> {
    const { presence, options, host, clock, logger } = this;
    const joined = await presence.membership.join(kind, this.parting.signal);
    if (this.current.name === 'stopped') return joined.keeper.stop();
    this.change({ kind: 'joined' });
    const tenure = new Tenure({
      ...options,
      pool: this.pool,
      connection: presence.connection,
      observer: presence.observer,
      keys: presence.keys,
      joined,
      host,
      clock,
      logger,
      drainingRecord: () => this.record('draining'),
      onChange: () => presence.update(),
      onLost: (reason) => this.fence(reason),
    });
    this.tenure = tenure;
    // Asked to leave while the registration was on its way.
    if (this.parting.signal.aborted) tenure.drain();
    logger.log(
      `${options.address} ${kind === 'first' ? 'joined' : 'joined again'} the cluster under ${presence.keys.prefix}`,
    );
    tenure.step();
    presence.update();
  }

  private fence(reason: string): void {
    this.tenure = undefined;
    this.hadShare = false;
    this.change({ kind: 'fence', reason });
    this.logger.warn(`${this.options.address} fenced itself: ${reason}. It runs nothing until it has joined again`);
    const fencing = this.endTurns().finally(() => {
      if (this.fencing === fencing) this.fencing = undefined;
      this.presence.update();
    });
    this.fencing = fencing;
    this.presence.update();
    this.rejoining = this.rejoinAfter(fencing);
  }

  private async endTurns(): Promise<void> {
    const { drainTimeoutMs, address, onFenceOverdue } = this.options;
    const overdue = this.clock.setTimeout(() => {
      this.logger.error(
        `${address} is fenced, but old turns still run after ${drainTimeoutMs} ms; it cannot join again until they end`,
      );
      onFenceOverdue?.();
    }, drainTimeoutMs);
    try {
      await this.host.fence();
    } finally {
      this.clock.clearTimeout(overdue);
    }
  }

  private async rejoinAfter(fencing: Promise<void>): Promise<void> {
    try {
      await fencing;
      if (this.current.name === 'fenced') await this.join('again');
    } catch (error) {
      if (this.parting.signal.aborted) return;
      this.logger.error(
        `${this.options.address} stays fenced: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  private async stopNow(): Promise<void> {
    const since = this.part();
    // Whoever is still joining gives its lease back first.
    await this.starting?.catch(() => {});
    await this.rejoining;
    this.tenure?.leave();
    const patience = this.options.drainTimeoutMs - (this.clock.monotonic() - since);
    await this.untilOrTimeout(() => this.tenure?.ledger.isIdle ?? true, Math.max(patience, 0));
    const { tenure } = this;
    const idle = tenure?.ledger.isIdle ?? false;
    this.change({ kind: 'stop' });
    this.tenure = undefined;
    if (idle)
      await tenure
        ?.revoke()
        .catch((error: unknown) => this.logger.warn(`Could not revoke the lease: ${String(error)}`));
    else tenure?.end();
    this.presence.close(this.stoppedError());
  }

  /** From now on this node only leaves. Returns since when, on the monotonic clock. */
  private part(): number {
    this.partingSince ??= this.clock.monotonic();
    this.change({ kind: 'drain' });
    this.parting.abort();
    return this.partingSince;
  }

  private until(condition: () => boolean): Promise<void> {
    return this.untilOrTimeout(condition, Infinity);
  }

  /** Resolves when the condition holds and no fenced turn runs, when the node has stopped, or at the time. */
  private async untilOrTimeout(condition: () => boolean, ms: number): Promise<void> {
    const done = new AbortController();
    const look = (): void => {
      if ((this.fencing === undefined && condition()) || this.current.name === 'stopped') done.abort();
    };
    const stop = this.onView(look);
    look();
    await pause(this.clock, ms, done.signal);
    stop();
  }

  private judge(): Readiness {
    const { observer } = this.presence;
    const readiness = readinessOf({
      state: this.current,
      view: observer.snapshot.pool(this.pool),
      address: this.options.address,
      minNodes: this.options.minNodes,
      watchLive: observer.live,
      unreachable: observer.unreachable,
      hadShare: this.hadShare,
      holds: (shard) => this.holds(shard),
    });
    this.hadShare ||= readiness.ready;
    return readiness;
  }

  private record(state: NodeRecord['state']): string {
    const { address, startId, types, weight = 1, protocol = PROTOCOL } = this.options;
    return encodeNode({ address, startId, pool: this.pool, types, weight, state, ...protocol });
  }

  private change(event: NodeEvent): void {
    this.current = nextState(this.current, event);
  }

  private stoppedError(): Error {
    return goverseError('NOT_READY', `The node ${this.options.address} has stopped`);
  }
}
