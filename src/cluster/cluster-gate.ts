import type { Clock } from '../core/index.js';
import { DEFAULT_POOL, goverseError, newSecret, systemClock } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import { silentLogger } from './cluster-logger.js';
import type { ClusterView, ViewSource } from './cluster-view.js';
import type { EtcdOptions } from './etcd/index.js';
import { Backoff, pause } from './etcd/index.js';
import type { GateRecord } from './member-record.js';
import type { Joined } from './membership.js';
import type { Readiness } from './node-readiness.js';
import { joiningReason, READY } from './node-readiness.js';
import { Presence } from './presence.js';
import type { ProtocolRange } from './protocol.js';
import { PROTOCOL } from './protocol.js';
import { lossInView } from './registration.js';

export interface ClusterGateOptions {
  /** Endpoints of etcd, or endpoints with credentials. */
  readonly etcd: EtcdOptions | readonly string[];
  /** Prefix of the cluster's keys, for example `/goverse`. */
  readonly prefix: string;
  /** Advertised `host:port`, unique among the gates. */
  readonly address: string;
  /** Unique per start of the process. */
  readonly startId: string;
  /** Number of shards; the same in the whole cluster. */
  readonly shards: number;
  readonly leaseTtlSeconds: number;
  /** Default: what this code speaks. */
  readonly protocol?: ProtocolRange;
  readonly clock?: Clock;
  readonly logger?: ClusterLogger;
}

/**
 * A gate's place in the cluster: registers it and follows the view. It owns nothing, so losing its lease costs it its
 * readiness only, until it has registered again; its clients stay.
 */
export class ClusterGate implements ViewSource {
  private joined: Joined | undefined;
  private readonly presence: Presence;
  private readonly logger: ClusterLogger;
  private readonly parting = new AbortController();
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: ClusterGateOptions) {
    this.logger = options.logger ?? silentLogger;
    this.presence = new Presence({
      ...options,
      role: 'gate',
      pool: DEFAULT_POOL,
      types: [],
      clock: options.clock ?? systemClock,
      logger: this.logger,
      record: () => this.record(),
      readiness: () => this.judge(),
    });
  }

  get view(): ClusterView {
    return this.presence.observer.snapshot;
  }

  onView(listener: (view: ClusterView) => void): () => void {
    return this.presence.listeners.add(listener);
  }

  nextView(signal?: AbortSignal): Promise<ClusterView> {
    return this.presence.listeners.next(signal);
  }

  /**
   * Resolves when the gate is registered; keeps trying while etcd is away. Rejects with `ADDRESS_IN_USE`,
   * `SHARDS_MISMATCH`, `LAYOUT_MISMATCH` or `PROTOCOL_MISMATCH`, and with `NOT_READY` when it is stopped meanwhile.
   */
  start(): Promise<void> {
    this.starting ??= this.startNow();
    return this.starting;
  }

  /** Resolves at the first readiness; rejects when the gate was stopped or could not start. */
  whenReady(): Promise<void> {
    return this.presence.readiness.whenReady();
  }

  readiness(): Readiness {
    return this.presence.readiness.value;
  }

  onReadiness(listener: (readiness: Readiness) => void): () => void {
    return this.presence.readiness.on(listener);
  }

  /**
   * The secret that all gates of this cluster share, made by the first one that asks. Keeps trying while etcd is away;
   * rejects when the gate is stopped.
   */
  async clientKey(): Promise<Buffer> {
    const { keys, connection } = this.presence;
    const key = keys.clientKey;
    const made = newSecret();
    const backoff = new Backoff();
    for (;;) {
      if (this.parting.signal.aborted) throw this.stoppedError();
      try {
        const when = [{ key, createRevision: 0 }];
        const { succeeded, found } = await connection.transact({
          when,
          put: [{ key, value: made }],
          otherwiseRead: [key],
        });
        const value = succeeded ? made : found.get(key)?.value;
        if (value !== undefined) return value;
      } catch (error) {
        this.logger.warn(`The key for the tokens of clients cannot be read from etcd yet: ${String(error)}`);
      }
      await pause(this.options.clock ?? systemClock, backoff.next(), this.parting.signal).catch(() => undefined);
    }
  }

  /** The registration's lease certainly lives. */
  alive(): boolean {
    return this.joined?.keeper.leaseClock.alive() ?? false;
  }

  /** Takes the registration back and closes. */
  stop(): Promise<void> {
    this.stopping ??= this.stopNow();
    return this.stopping;
  }

  /** Vanishes like a crashed process: the lease is left to run out. For tests. */
  kill(): void {
    this.parting.abort();
    this.joined?.keeper.stop();
    this.joined = undefined;
    this.presence.close(this.stoppedError());
  }

  private async startNow(): Promise<void> {
    this.presence.start(() => this.lookAtView());
    try {
      await this.join('first');
    } catch (error) {
      this.presence.close(error);
      throw error;
    }
  }

  private async join(kind: 'first' | 'again'): Promise<void> {
    const { presence, options, logger } = this;
    const joined = await presence.membership.join(kind, this.parting.signal);
    this.joined = joined;
    joined.keeper.onLost = (reason) => this.lost(reason);
    logger.log(
      `Gate ${options.address} ${kind === 'first' ? 'joined' : 'joined again'} the cluster under ${presence.keys.prefix}`,
    );
    presence.update();
  }

  private lookAtView(): void {
    const loss = this.joined && lossInView(this.joined.registration, this.presence.observer.snapshot);
    if (loss !== undefined) this.lost(loss);
  }

  private lost(reason: string): void {
    this.joined?.keeper.stop();
    this.joined = undefined;
    this.logger.warn(`Gate ${this.options.address} lost its registration: ${reason}. It registers again`);
    this.presence.update();
    this.join('again').catch((error: unknown) => {
      if (!this.parting.signal.aborted)
        this.logger.error(`Gate ${this.options.address} cannot register again: ${String(error)}`);
    });
  }

  private async stopNow(): Promise<void> {
    this.parting.abort();
    await this.starting?.catch(() => {});
    const { joined } = this;
    this.joined = undefined;
    await joined?.keeper
      .revoke()
      .catch((error: unknown) => this.logger.warn(`Could not revoke the lease: ${String(error)}`));
    this.presence.close(this.stoppedError());
  }

  private judge(): Readiness {
    if (this.joined === undefined) return { ready: false, reason: joiningReason(this.presence.observer.unreachable) };
    if (!this.presence.observer.live) return { ready: false, reason: 'the watch of etcd is down' };
    return READY;
  }

  private record(): string {
    const { address, startId, protocol = PROTOCOL } = this.options;
    const record: GateRecord = { address, startId, ...protocol };
    return JSON.stringify(record);
  }

  private stoppedError(): Error {
    return goverseError('NOT_READY', `The gate ${this.options.address} has stopped`);
  }
}
