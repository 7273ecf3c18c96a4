import type { Transaction, TransactionResult } from '../../../src/cluster/etcd/index.js';
import { ClaimLedger } from '../../../src/cluster/claim-ledger.js';
import type { ClaimMode } from '../../../src/cluster/claim-ledger.js';
import { ClusterState } from '../../../src/cluster/cluster-state.js';
import { campaignTransaction, claimTransaction, planTransaction } from '../../../src/cluster/cluster-transactions.js';
import { KeyLayout } from '../../../src/cluster/key-layout.js';
import { decideLeadership } from '../../../src/cluster/leadership.js';
import { LeaseClock } from '../../../src/cluster/lease-clock.js';
import type { Registration } from '../../../src/cluster/registration.js';
import { lossInView } from '../../../src/cluster/registration.js';
import type { ShardEpoch } from '../../../src/cluster/shard-epoch.js';
import { newStore, parseStore } from '../../../src/cluster/store-record.js';
import type { Clock } from '../../../src/core/index.js';
import { DEFAULT_POOL } from '../../../src/core/index.js';
import type { EtcdModel } from './etcd-model.js';

export const SHARDS = 5;
export const TTL_MS = 2_000;
export const PREFIX = '/model';
const keys = new KeyLayout(PREFIX);

/** A request on its way: to be applied, answered, lost or late. */
export interface Request {
  readonly from: ProcessModel;
  apply(): unknown;
  /** `undefined`: no answer came in time. */
  answer(result: unknown): void;
  applied?: { readonly result: unknown };
  answered?: boolean;
}

interface Tenure {
  readonly registration: Registration;
  readonly ledger: ClaimLedger;
  readonly lease: LeaseClock;
  keepAliveOut: boolean;
  leaderBusy: boolean;
}

/** One node process: the production code of claims, view, lease clock, election and planner, with its I/O in the hands of chance. */
export class ProcessModel {
  tenure: Tenure | undefined;
  paused = false;
  draining = false;
  /** Running turns, by shard; true when the host waits for their end to release the shard. */
  readonly turns = new Map<number, { readonly tenure: Tenure }>();
  private readonly releasing = new Set<number>();
  private readonly state = new ClusterState(keys, SHARDS);
  private content = -1;
  private lastStore: { id: string; generation: number } | undefined;
  private quietUntil = 0;
  private readonly clock: Clock;

  constructor(
    readonly address: string,
    private readonly etcd: EtcdModel,
    private readonly send: (request: Request) => void,
    private readonly onAcquired: (shard: number, epoch: ShardEpoch) => void,
    rate: number,
  ) {
    const read = (): number => etcd.now * rate;
    this.clock = { now: read, monotonic: read, setTimeout: () => undefined, clearTimeout: () => {} };
  }

  /** It has not seen any store yet, so that it cannot know of a wipe: it is kept out until the leases from before are over. */
  keepOutWithoutMemory(untilMs: number): void {
    if (this.lastStore === undefined) this.quietUntil = untilMs;
  }

  /** It would start a turn on the shard this instant. */
  mayRun(shard: number): boolean {
    return this.tenure !== undefined && this.tenure.lease.remainingMs() > 0 && this.tenure.ledger.holds(shard);
  }

  /** A turn of the shard runs that the guarantees cover: begun under a lease that still lives. */
  runs(shard: number): boolean {
    const turn = this.turns.get(shard);
    return turn !== undefined && turn.tenure === this.tenure && turn.tenure.lease.remainingMs() > 0;
  }

  startTurn(shard: number): void {
    if (this.paused || this.tenure === undefined || this.turns.has(shard)) return;
    if (this.tenure.lease.alive() && this.tenure.ledger.holds(shard)) this.turns.set(shard, { tenure: this.tenure });
  }

  endTurn(shard: number): void {
    this.turns.delete(shard);
  }

  /** The watch delivers some revisions; after a wipe it lists anew. */
  observe(revisions: number): void {
    if (this.paused) return;
    if (this.content !== this.etcd.content) {
      this.content = this.etcd.content;
      this.state.reset({ revision: this.etcd.revision, entries: [...this.etcd.entries.values()] });
    } else {
      this.state.apply(this.etcd.eventsAfter(this.state.snapshot.revision, revisions));
    }
  }

  /** Everything a running process does in one go. */
  step(): void {
    if (this.paused || this.content < 0) return;
    const { tenure } = this;
    if (tenure === undefined) return this.join();
    const view = this.state.snapshot;
    if (!tenure.lease.alive() || lossInView(tenure.registration, view) !== undefined) return this.fence();
    this.keepAlive(tenure);
    this.claim(tenure);
    if (this.tenure === tenure) this.lead(tenure);
  }

  private join(): void {
    if (this.turns.size > 0) return;
    const view = this.state.snapshot;
    const { lastStore } = this;
    if (lastStore !== undefined && view.store !== lastStore.id) {
      this.lastStore = { id: view.store, generation: lastStore.generation };
      this.quietUntil = this.etcd.now + TTL_MS;
    }
    if (this.etcd.now < this.quietUntil) return;
    if (view.parts.storeEntry === undefined) {
      const store = newStore(SHARDS, 1_000 + this.etcd.now, this.lastStore?.generation ?? 0);
      const made = this.etcd.transact({
        when: [{ key: keys.store, createRevision: 0 }],
        put: [{ key: keys.store, value: JSON.stringify(store) }],
      });
      if (made !== 'lease lost' && made.succeeded) this.lastStore = store;
      return;
    }
    // Seen is enough to know a wipe by.
    this.lastStore = parseStore(view.parts.storeEntry.value);
    this.register(view.parts.storeEntry.value);
  }

  private register(storeValue: Buffer): void {
    const { address, etcd } = this;
    const sentAt = LeaseClock.stamp(this.clock);
    const lease = etcd.grant(TTL_MS);
    const key = keys.node(address);
    const result = etcd.transact({
      when: [
        { key, createRevision: 0 },
        { key: keys.claims(address), createRevision: 0 },
        { key: keys.store, value: storeValue },
      ],
      put: [
        {
          key,
          value: JSON.stringify({
            startId: address,
            types: [],
            weight: 1,
            state: this.draining ? 'draining' : 'serving',
          }),
          lease,
        },
      ],
    });
    if (result === 'lease lost' || !result.succeeded) return;
    const store = parseStore(storeValue);
    const registration: Registration = {
      role: 'node',
      address,
      key,
      createRevision: result.revision,
      lease,
      store: { id: store.id, generation: store.generation, value: storeValue },
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
  }

  private keepAlive(tenure: Tenure): void {
    if (tenure.keepAliveOut) return;
    tenure.keepAliveOut = true;
    const sentAt = LeaseClock.stamp(this.clock);
    this.send({
      from: this,
      apply: () => this.etcd.keepAlive(tenure.registration.lease),
      answer: (alive) => {
        tenure.keepAliveOut = false;
        if (alive === true) tenure.lease.renewed(sentAt, TTL_MS);
        if (alive === false && this.tenure === tenure) this.fence();
      },
    });
  }

  private claim(tenure: Tenure): void {
    const view = this.state.snapshot.pool(DEFAULT_POOL);
    const mode: ClaimMode = this.draining ? 'draining' : 'serving';
    for (const shard of tenure.ledger.startReleases(view, mode)) this.releasing.add(shard);
    for (const shard of this.releasing) {
      if (this.turns.has(shard)) continue;
      this.releasing.delete(shard);
      tenure.ledger.released([shard]);
    }
    const decision = tenure.ledger.decide(view, mode);
    if (decision.kind === 'fence') return this.fence();
    if (decision.kind === 'nothing') return;
    this.transact(claimTransaction(decision.write, tenure.registration, keys), (result) => {
      if (this.tenure !== tenure) return;
      if (!tenure.lease.alive()) return this.fence();
      if (result === 'lease lost') return this.fence();
      if (result === undefined) return tenure.ledger.unknown();
      if (!result.succeeded) {
        if (tenure.ledger.refused(result.found) !== undefined) this.fence();
        return;
      }
      for (const shard of tenure.ledger.succeeded(result.revision))
        this.onAcquired(shard, tenure.ledger.epochOf(shard)!);
    });
  }

  private lead(tenure: Tenure): void {
    if (tenure.leaderBusy) return;
    const view = this.state.snapshot.pool(DEFAULT_POOL);
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

  private transact(
    transaction: Transaction,
    answer: (result: TransactionResult | 'lease lost' | undefined) => void,
  ): void {
    this.send({
      from: this,
      apply: () => this.etcd.transact(transaction),
      answer: (result) => answer(result as TransactionResult | 'lease lost' | undefined),
    });
  }
}
