import type { Clock } from '../core/index.js';
import { GoverseError } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { ClusterObserver } from './cluster-observer.js';
import type { ClusterSnapshot } from './cluster-snapshot.js';
import { registerTransaction, storeTransaction, typesTransaction } from './cluster-transactions.js';
import type { EtcdConnection, KeyEntry, TransactionResult } from './etcd/index.js';
import { Backoff, pause } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import { LeaseKeeper } from './lease-keeper.js';
import { parseGate } from './member-record.js';
import { addressInUse, misfit, poolMismatch, protocolMismatch, stoppedWhileJoining } from './membership-errors.js';
import type { ProtocolRange } from './protocol.js';
import { PROTOCOL, understand } from './protocol.js';
import type { Registration } from './registration.js';
import { StoreMemory } from './store-memory.js';
import { newStore } from './store-record.js';
import { rivalOf, withTypes } from './type-directory.js';

/** etcd removes an expired lease up to a second late. */
const EXPIRY_LAG_MS = 1_500;
/** An address that is taken is tried again at every change of the cluster, and at least this often. */
const RETRY_MS = 500;

export interface MembershipParts {
  readonly connection: EtcdConnection;
  readonly observer: ClusterObserver;
  readonly keys: KeyLayout;
  readonly role: 'node' | 'gate';
  /** Shard space of a node. */
  readonly pool: string;
  /** Object types a node hosts; a gate hosts none. */
  readonly types: readonly string[];
  readonly address: string;
  readonly startId: string;
  readonly shards: number;
  readonly leaseTtlSeconds: number;
  /** Default: what this code speaks. */
  readonly protocol?: ProtocolRange;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
  /** Content of the registration. */
  record(): string;
}

/** A registration and the lease it lives by. */
export interface Joined {
  readonly registration: Registration;
  readonly keeper: LeaseKeeper;
}

/**
 * Brings a process into the cluster: finds or makes the store, gets a lease, registers the address under it
 * (cluster.md, rules 4 and 9).
 */
export class Membership {
  private readonly memory: StoreMemory;

  constructor(private readonly parts: MembershipParts) {
    this.memory = new StoreMemory(parts.leaseTtlSeconds * 1_000);
  }

  /**
   * Tries until it has joined. A first join rejects when the address is taken for longer than a lease can outlive its
   * process, when the cluster has another shape or protocol, and when one of its types is hosted in another pool; a later one keeps trying.
   */
  async join(kind: 'first' | 'again', signal: AbortSignal): Promise<Joined> {
    const backoff = new Backoff();
    const attempt = new JoinAttempt(this.parts);
    try {
      for (;;) {
        if (signal.aborted) throw stoppedWhileJoining(this.parts.role, this.parts.address);
        try {
          const joined = await this.tryOnce(attempt, kind, signal);
          if (joined !== undefined) {
            if (kind === 'first') await this.assertUnderstood(joined, signal);
            return attempt.handOver(joined);
          }
        } catch (error) {
          if (error instanceof GoverseError || signal.aborted) throw error;
          this.parts.observer.trouble(error instanceof Error ? error.message : String(error));
          await pause(this.parts.clock, backoff.next(), signal);
        }
      }
    } catch (error) {
      await attempt.giveUp();
      throw signal.aborted ? stoppedWhileJoining(this.parts.role, this.parts.address) : error;
    }
  }

  private async tryOnce(
    attempt: JoinAttempt,
    kind: 'first' | 'again',
    signal: AbortSignal,
  ): Promise<Registration | undefined> {
    const { observer, keys, role, address, clock } = this.parts;
    const view = await observer.until(() => true, signal);
    const wait = this.memory.waitFor(view.store, clock.monotonic());
    const step = wait > 0 ? this.stayAway(attempt) : await this.advance(view, attempt, kind);
    if (step !== undefined) {
      observer.expect(step.createRevision);
      const key = role === 'node' ? keys.node(address) : keys.gate(address);
      return { role, address, key, ...step };
    }
    await this.changeOrPause(view, wait > 0 ? wait : RETRY_MS, signal);
    return undefined;
  }

  private stayAway(attempt: JoinAttempt): undefined {
    if (!attempt.staysAway)
      this.parts.logger.warn(
        `etcd was wiped. ${this.parts.address} waits for one lease time before it joins the new store`,
      );
    attempt.staysAway = true;
  }

  /** Does the next thing on the way into the cluster as this view shows it; the registration, once it is made. */
  private async advance(
    view: ClusterSnapshot,
    attempt: JoinAttempt,
    kind: 'first' | 'again',
  ): Promise<Pick<Registration, 'createRevision' | 'lease' | 'store'> | undefined> {
    const { store, storeEntry } = view.parts;
    if (store === undefined || storeEntry === undefined) {
      await this.makeStore();
      return undefined;
    }
    this.memory.saw(store);
    const unfit = misfit(store, this.parts.shards, this.parts.keys.prefix);
    if (unfit !== undefined) throw unfit;
    const stranger = this.strangerIn(view);
    if (stranger !== undefined) {
      attempt.hindered(stranger, kind);
      return undefined;
    }
    if (!(await this.bindTypes(view, attempt, kind))) return undefined;
    const lease = await attempt.lease();
    const result = await this.register(lease, view);
    const createRevision = this.registeredIn(result, lease);
    if (createRevision !== undefined)
      return {
        createRevision,
        lease,
        store: { id: store.id, generation: store.generation, value: storeEntry.value },
      };
    attempt.taken(this.holder(result), kind);
    return undefined;
  }

  /** Says so when a live process, other than one that is about to leave this address, speaks another protocol. */
  private strangerIn(view: ClusterSnapshot, than = Infinity): GoverseError | undefined {
    const { protocol = PROTOCOL, address } = this.parts;
    for (const members of [view.nodes, view.gates])
      for (const member of members.values())
        if (member.address !== address && member.createRevision < than && !understand(protocol, member))
          return protocolMismatch(protocol, member);
    return undefined;
  }

  /** Of two that start at once and do not see each other before, the younger one leaves. */
  private async assertUnderstood({ createRevision }: Registration, signal: AbortSignal): Promise<void> {
    const view = await this.parts.observer.until(({ revision }) => revision >= createRevision, signal);
    const stranger = this.strangerIn(view, createRevision);
    if (stranger !== undefined) throw stranger;
  }

  private async makeStore(): Promise<void> {
    const { connection, keys, shards, clock, types, pool } = this.parts;
    const store = newStore(shards, clock.now(), this.memory.generation);
    const made = await connection.transact(storeTransaction(store, withTypes(undefined, pool, types), keys));
    if (made.succeeded) this.memory.saw(store);
  }

  /**
   * True when the directory of types names this node's pool for all of them and no live node hosts one elsewhere. The
   * registration compares the directory's version, so of two nodes that want one type in two pools only one joins.
   */
  private async bindTypes(view: ClusterSnapshot, attempt: JoinAttempt, kind: 'first' | 'again'): Promise<boolean> {
    const { connection, observer, keys, pool, types } = this.parts;
    const rival = rivalOf(view.nodes.values(), pool, types);
    if (rival !== undefined) {
      attempt.hindered(poolMismatch(pool, rival), kind);
      return false;
    }
    const directory = withTypes(view.parts.types?.pools, pool, types);
    if (directory === undefined) return true;
    const bound = await connection.transact(typesTransaction(directory, view, keys));
    if (bound.succeeded) observer.expect(bound.revision);
    return false;
  }

  private register(lease: string, view: ClusterSnapshot): Promise<TransactionResult> {
    const { connection, keys, role, address, types } = this.parts;
    const member = { role, address, record: this.parts.record(), lease, hostsTypes: types.length > 0 };
    return connection.transact(registerTransaction(member, view, keys));
  }

  /** Revision at which this lease's registration was created: now, or by an earlier attempt without an answer. */
  private registeredIn(result: TransactionResult, lease: string): number | undefined {
    if (result.succeeded) return result.revision;
    const entry = this.holder(result);
    return entry?.lease === lease ? entry.createRevision : undefined;
  }

  private holder(result: TransactionResult): KeyEntry | undefined {
    const { keys, role, address } = this.parts;
    return result.found.get(role === 'node' ? keys.node(address) : keys.gate(address));
  }

  private async changeOrPause(seen: ClusterSnapshot, ms: number, signal: AbortSignal): Promise<void> {
    const { observer, clock } = this.parts;
    const change = new AbortController();
    const stop = observer.onSnapshot(() => change.abort());
    if (observer.snapshot === seen) await pause(clock, ms, AbortSignal.any([signal, change.signal]));
    stop();
  }
}

/** The lease of a join that is not through yet, and how long its address has been taken. */
class JoinAttempt {
  /** It was told that etcd was wiped. */
  staysAway = false;
  private keeper: LeaseKeeper | undefined;
  private takenSince: number | undefined;
  private hinderedSince: number | undefined;

  constructor(private readonly parts: MembershipParts) {}

  async lease(): Promise<string> {
    if (this.keeper === undefined || !this.keeper.leaseClock.alive()) {
      this.keeper?.stop();
      this.keeper = await LeaseKeeper.grant(this.parts, this.parts.leaseTtlSeconds);
    }
    return this.keeper.leaseId;
  }

  /** Throws when the address has been taken by another start for longer than its lease can outlive it. */
  taken(holder: KeyEntry | undefined, kind: 'first' | 'again'): void {
    const { clock, startId, address, role, logger } = this.parts;
    if (holder === undefined) return;
    const holderStartId = parseGate(address, holder.value).startId;
    if (holderStartId === startId) return;
    const now = clock.monotonic();
    if (this.takenSince === undefined) {
      this.takenSince = now;
      logger.warn(
        `The ${role} address ${address} is still registered by the start ${holderStartId}, waiting for it to go`,
      );
    }
    const patience = (this.keeper?.ttlMs ?? 0) + EXPIRY_LAG_MS;
    if (kind === 'first' && now - this.takenSince >= patience)
      throw addressInUse(role, address, holderStartId, patience);
  }

  /** Throws when another process has stood in the way for longer than a crashed one's lease can outlive it. */
  hindered(refusal: GoverseError, kind: 'first' | 'again'): void {
    const { clock, leaseTtlSeconds, logger } = this.parts;
    const now = clock.monotonic();
    if (this.hinderedSince === undefined) {
      this.hinderedSince = now;
      logger.warn(`${refusal.message}. Waiting for one lease time, in case it is about to go`);
    }
    if (kind === 'first' && now - this.hinderedSince >= leaseTtlSeconds * 1_000 + EXPIRY_LAG_MS) throw refusal;
  }

  handOver(registration: Registration): Joined {
    const { keeper } = this;
    if (keeper === undefined) throw new Error('A registration without a lease');
    return { registration, keeper };
  }

  /** Nothing hangs on the lease: it may be revoked. */
  async giveUp(): Promise<void> {
    await this.keeper?.revoke().catch(() => {});
  }
}
