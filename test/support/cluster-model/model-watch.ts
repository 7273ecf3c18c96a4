import { ClusterState } from '../../../src/cluster/cluster-state.js';
import type { ClusterSnapshot } from '../../../src/cluster/cluster-snapshot.js';
import type { KeyEvent } from '../../../src/cluster/etcd/index.js';
import { WatchProgress } from '../../../src/cluster/etcd/index.js';
import type { EtcdModel } from './etcd-model.js';
import type { Mutation } from './mutation.js';
import { keys } from './mutation.js';

/** A process's watch: the production view of events that come late, twice, and after those that follow them. */
export class ModelWatch {
  private readonly state: ClusterState;
  private readonly progress = new WatchProgress();
  private content = -1;
  /** Batches of streams that were given up, still on their way. */
  private late: (readonly KeyEvent[])[] = [];

  constructor(
    private readonly etcd: EtcdModel,
    shards: number,
    private readonly mutation: Mutation | undefined,
  ) {
    this.state = new ClusterState(keys, shards);
  }

  get view(): ClusterSnapshot {
    return this.state.snapshot;
  }

  /** False before the first listing. */
  get listed(): boolean {
    return this.content >= 0;
  }

  /** Delivers the next revisions, as many as told; lists anew after a wipe. */
  deliver(revisions: number): void {
    if (this.content !== this.etcd.content) return this.list();
    const events = this.etcd.eventsAfter(this.state.snapshot.revision, revisions);
    this.take(events);
    if (events.length > 0 && this.late.length < 3) this.late.push(events);
  }

  /** Lists anew, as after a compaction; what the old stream had on its way may still come. */
  list(): void {
    if (this.content !== this.etcd.content) this.late = [];
    this.content = this.etcd.content;
    this.progress.listed(this.etcd.revision);
    this.state.reset({ revision: this.etcd.revision, entries: [...this.etcd.entries.values()] });
  }

  /** Something delivered comes a second time, out of order. */
  deliverAgain(): void {
    const events = this.late.shift();
    if (events !== undefined && this.content === this.etcd.content) this.take(events);
  }

  private take(events: readonly KeyEvent[]): void {
    const fresh = this.mutation?.takesOldEvents ? events : this.progress.take(events);
    if (fresh.length > 0) this.state.apply(fresh);
  }
}
