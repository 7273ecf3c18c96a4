import type { Transaction, TransactionResult } from '../../../src/cluster/etcd/index.js';
import { ClaimLedger } from '../../../src/cluster/claim-ledger.js';
import type { ClaimMode } from '../../../src/cluster/claim-ledger.js';
import type { ClusterSnapshot } from '../../../src/cluster/cluster-snapshot.js';
import {
  campaignTransaction,
  claimTransaction,
  planTransaction,
  registerTransaction,
  storeTransaction,
} from '../../../src/cluster/cluster-transactions.js';
import { decideLeadership } from '../../../src/cluster/leadership.js';
import { LeaseClock } from '../../../src/cluster/lease-clock.js';
import { encodeNode } from '../../../src/cluster/member-record.js';
import type { PoolSnapshot } from '../../../src/cluster/pool-snapshot.js';
import { PROTOCOL } from '../../../src/cluster/protocol.js';
import type { Registration } from '../../../src/cluster/registration.js';
import { lossInView } from '../../../src/cluster/registration.js';
import type { ShardEpoch } from '../../../src/cluster/shard-epoch.js';
import { StoreMemory } from '../../../src/cluster/store-memory.js';
import { newStore } from '../../../src/cluster/store-record.js';
import type { Clock } from '../../../src/core/index.js';
import { DEFAULT_POOL } from '../../../src/core/index.js';
import { LocalTarget } from '../../../src/node/local-target.js';
import type { EtcdModel } from './etcd-model.js';
import type { ModelRequest } from './model-request.js';
import { ModelWatch } from './model-watch.js';
import type { Mutation } from './mutation.js';
import { keys } from './mutation.js';

export const SHARDS = 3;
export const TTL_MS = 2_000;
/** So long a shard that was postponed stays before its next attempt to leave. */
const REST_MS = 100;

type Answer = TransactionResult | 'lease lost' | undefined;

export interface ProcessSurroundings {
  readonly etcd: EtcdModel;
  readonly mutation: Mutation | undefined;
  send(request: Omit<ModelRequest, 'stuckUntil'>): void;
  onAcquired(shard: number, epoch: ShardEpoch): void;
}

interface Tenure {
  readonly registration: Registration;
  readonly ledger: ClaimLedger;
  readonly lease: LeaseClock;
  keepAliveOut: boolean;
  leaderBusy: boolean;
}

/**
 * One node process: the production code of view, claims, lease clock, election, planner, wipes and the check before a turn,
 * with its I/O in the hands of chance.
 */
export class ProcessModel {
  tenure: Tenure | undefined;
  paused = false;
  /** Its watch is silent until then. */
  deafUntil = 0;
  draining = false;
  readonly watch: ModelWatch;
  /** Running turns, by shard. */
  private readonly turns = new Map<number, Tenure>();
  /** The host waits for the end of turns to release these shards. */
  private readonly releasing = new Set<number>();
  /** Postponed shards, and until when they rest. */
  private readonly resting = new Map<number, number>();
  private readonly memory: StoreMemory;
  private quietUntil = 0;
  private readonly clock: Clock;
  private readonly target: LocalTarget;

  constructor(
    readonly address: string,
    private readonly around: ProcessSurroundings,
    rate: number,
  ) {
    const { etcd, mutation } = around;
    const read = (): number => etcd.now * rate;
    this.clock = { now: read, monotonic: read, setTimeout: () => undefined, clearTimeout: () => {} };
    this.watch = new ModelWatch(etcd, SHARDS, mutation);
    this.memory = new StoreMemory(mutation?.waitsForNoWipe ? 0 : TTL_MS);
    const { watch } = this;
    const holder = {
      pool: DEFAULT_POOL,
      get view() {
        return watch.view;
      },
      onView: () => () => {},
      nextView: () => Promise.resolve(watch.view),
      alive: () => this.alive(),
      holds: (shard: number) => this.tenure?.ledger.holds(shard) ?? false,
      releasing: (shard: number) => this.tenure?.ledger.releasing(shard) ?? false,
    };
    const catalog = {
      find: () => undefined,
      reenters: () => false,
      execute: () => Promise.reject(new Error('a model runs no calls')),
    };
    this.target = new LocalTarget({ address, shards: SHARDS, clock: this.clock, catalog, holder });
  }

  get hears(): boolean {
    return !this.paused && this.deafUntil <= this.around.etcd.now;
  }

  get view(): ClusterSnapshot {
    return this.watch.view;
  }

  /** It has not seen any store yet, so that it cannot know of a wipe: it is kept out until the leases from before are over. */
  keepOutWithoutMemory(untilMs: number): void {
    if (this.memory.generation === 0) this.quietUntil = untilMs;
  }

  /** It would start a turn on the shard this instant. */
  mayRun(shard: number): boolean {
    return (this.tenure?.ledger.holds(shard) ?? false) && this.alive();
  }

  /** A turn of the shard runs that the guarantees cover: begun under a lease that still lives. */
  runs(shard: number): boolean {
    const tenure = this.turns.get(shard);
    return tenure !== undefined && tenure === this.tenure && tenure.lease.remainingMs() > 0;
  }

  startTurn(shard: number): void {
    if (this.paused || this.tenure === undefined || this.turns.has(shard)) return;
    try {
      this.target.assertMayRun({ shard });
    } catch {
      return;
    }
    this.turns.set(shard, this.tenure);
  }

  endTurn(shard: number): void {
    this.turns.delete(shard);
  }

  /** The turns of a shard on its way elsewhere do not end in time: it stays for now. */
  postpone(shard: number): void {
    if (this.paused || this.tenure === undefined || !this.releasing.delete(shard)) return;
    this.tenure.ledger.postponed(shard);
    this.resting.set(shard, this.clock.monotonic() + REST_MS);
  }

  /** Everything a running process does in one go. */
  step(): void {
    if (this.paused || !this.watch.listed) return;
    const { tenure } = this;
    if (tenure === undefined) return this.join();
    if (!tenure.lease.alive() || lossInView(tenure.registration, this.view) !== undefined) return this.fence();
    this.keepAlive(tenure);
    this.claim(tenure);
    if (this.tenure === tenure) this.lead(tenure);
  }

  private alive(): boolean {
    if (this.around.mutation?.ignoresLease) return this.tenure !== undefined;
    return this.tenure?.lease.alive() ?? false;
  }

  private join(): void {
    const { view, memory } = this;
    const { etcd } = this.around;
    if (this.turns.size > 0 || etcd.now < this.quietUntil) return;
    if (memory.waitFor(view.store, this.clock.monotonic()) > 0) return;
    const { store } = view.parts;
    if (store === undefined) {
      const next = newStore(SHARDS, 1_000 + etcd.now, memory.generation);
      const made = etcd.transact(storeTransaction(next, undefined, keys));
      if (made !== 'lease lost' && made.succeeded) memory.saw(next);
      return;
    }
    memory.saw(store);
    this.register(view);
  }

  private register(view: ClusterSnapshot): void {
    const { address } = this;
    const { etcd } = this.around;
    const { store, storeEntry } = view.parts;
    const sentAt = LeaseClock.stamp(this.clock);
    const lease = etcd.grant(TTL_MS);
    const state = this.draining ? 'draining' : 'serving';
    const record = encodeNode({
      address,
      startId: address,
      pool: DEFAULT_POOL,
      types: [],
      weight: 1,
      state,
      ...PROTOCOL,
    });
    const result = etcd.transact(
      registerTransaction({ role: 'node', address, record, lease, hostsTypes: false }, view, keys),
    );
    if (result === 'lease lost' || !result.succeeded || store === undefined || storeEntry === undefined) return;
    const registration: Registration = {
      role: 'node',
      address,
      key: keys.node(address),
      createRevision: result.revision,
      lease,
      store: { id: store.id, generation: store.generation, value: storeEntry.value },
    };
    this.tenure = {
      registration,
      ledger: new ClaimLedger(registration, keys, SHARDS),
      lease: new LeaseClock(this.clock, { sentAt, ttlMs: TTL_MS }),
      keepAliveOut: false,
      leaderBusy: false,
    };
  }

  private fence(): void {
    this.tenure = undefined;
    this.releasing.clear();
    this.resting.clear();
  }

  private keepAlive(tenure: Tenure): void {
    if (tenure.keepAliveOut) return;
    tenure.keepAliveOut = true;
    const sentAt = LeaseClock.stamp(this.clock);
    this.around.send({
      from: this,
      apply: () => this.around.etcd.keepAlive(tenure.registration.lease),
      answer: (alive) => {
        tenure.keepAliveOut = false;
        if (alive === true) tenure.lease.renewed(sentAt, TTL_MS);
        if (alive === false && this.tenure === tenure) this.fence();
      },
    });
  }

  private claim(tenure: Tenure): void {
    const view = this.poolView();
    const mode: ClaimMode = this.draining ? 'draining' : 'serving';
    const now = this.clock.monotonic();
    for (const [shard, until] of this.resting) if (until <= now) this.resting.delete(shard);
    for (const shard of tenure.ledger.startReleases(view, mode, new Set(this.resting.keys())))
      this.releasing.add(shard);
    for (const shard of this.releasing) {
      if (this.turns.has(shard) && !this.around.mutation?.releasesEarly) continue;
      this.releasing.delete(shard);
      tenure.ledger.released([shard]);
    }
    const decision = tenure.ledger.decide(view, mode);
    if (decision.kind === 'fence') return this.fence();
    if (decision.kind === 'nothing') return;
    this.transact(claimTransaction(decision.write, tenure.registration, keys), (result) => {
      if (this.tenure !== tenure) return;
      if (!tenure.lease.alive() || result === 'lease lost') return this.fence();
      if (result === undefined) return tenure.ledger.unknown();
      if (!result.succeeded) {
        if (tenure.ledger.refused(result.found) !== undefined) this.fence();
        return;
      }
      for (const shard of tenure.ledger.succeeded(result.revision)) {
        const epoch = tenure.ledger.epochOf(shard);
        if (epoch !== undefined) this.around.onAcquired(shard, epoch);
      }
    });
  }

  private lead(tenure: Tenure): void {
    if (tenure.leaderBusy) return;
    const view = this.poolView();
    const { address, lease } = tenure.registration;
    const decision = decideLeadership(view, { address, lease, draining: this.draining, minNodes: 1 });
    if (decision.kind === 'nothing') return;
    tenure.leaderBusy = true;
    const transaction =
      decision.kind === 'campaign'
        ? campaignTransaction(tenure.registration, address, keys)
        : planTransaction(decision.plan, view, tenure.registration, keys);
    this.transact(transaction, () => {
      tenure.leaderBusy = false;
    });
  }

  private poolView(): PoolSnapshot {
    const view = this.view.pool(DEFAULT_POOL);
    if (!this.around.mutation?.seesNoClaims) return view;
    // As if nobody else claimed anything; its own claims stay, so that nothing else changes.
    return Object.create(view, { isFreeFor: { value: () => true } }) as PoolSnapshot;
  }

  private transact(transaction: Transaction, answer: (result: Answer) => void): void {
    const { etcd, mutation } = this.around;
    const sent = mutation?.transaction?.(transaction) ?? transaction;
    this.around.send({ from: this, apply: () => etcd.transact(sent), answer: (result) => answer(result as Answer) });
  }
}
