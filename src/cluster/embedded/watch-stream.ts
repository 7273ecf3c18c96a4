import type { EtcdStore } from './etcd-store.js';
import { Watcher, type WatchEvent, type WatchSpec } from './watcher.js';

/** One answer on a watch stream. */
export interface WatchAnswer {
  readonly watchId: string;
  readonly revision: number;
  readonly events: readonly WatchEvent[];
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly cancelReason?: string;
  readonly compactRevision?: number;
  readonly fragment?: boolean;
}

/** Sends one answer; false means the client is slow: send no events until `resume`. */
export type WatchSink = (answer: WatchAnswer) => boolean;

/** In answers that belong to no watcher: refused creations and progress of the whole stream. */
const NO_WATCHER = '-1';
const AUTO_ID = '0';

/** The watchers of one client stream, and the order of what is said about them. */
export class WatchStream {
  private readonly watchers = new Map<string, Watcher>();
  private nextId = 0;
  private blocked = false;
  private progressWanted = false;

  constructor(
    private readonly store: EtcdStore,
    private readonly sink: WatchSink,
  ) {}

  /** @param startRevision first revision wanted; 0 is the next one to come */
  create(wantedId: string, startRevision: number, spec: WatchSpec): void {
    const refusal = this.refusalOf(wantedId, spec);
    if (refusal !== undefined) {
      this.say({ watchId: NO_WATCHER, created: true, canceled: true, cancelReason: refusal });
      return;
    }
    const id = wantedId === AUTO_ID ? this.freeId() : wantedId;
    const next = startRevision === 0 ? this.store.revision + 1 : startRevision;
    this.watchers.set(id, new Watcher(id, spec, next));
    this.say({ watchId: id, created: true });
    this.pump();
  }

  /** Cancelling what is not there is silently ignored, as by etcd. */
  cancel(id: string): void {
    if (this.watchers.delete(id)) this.say({ watchId: id, canceled: true });
    this.pump();
  }

  /** Asks for one progress answer: all watchers of this stream have everything up to its revision. */
  requestProgress(): void {
    this.progressWanted = true;
    this.pump();
  }

  /** Tells watchers that asked for it, and that have been quiet since the last tick, where the store is. */
  tickProgress(): void {
    for (const watcher of this.watchers.values()) {
      const due = watcher.spec.wantsProgress && !watcher.active && watcher.isCaughtUp(this.store);
      watcher.active = false;
      if (due && !this.blocked) this.say({ watchId: watcher.id });
    }
  }

  /** The client reads again. */
  resume(): void {
    this.blocked = false;
    this.pump();
  }

  /** Sends what the store has and the client takes. */
  pump(): void {
    for (const watcher of this.watchers.values()) this.serve(watcher);
    if (this.blocked || !this.progressWanted) return;
    this.progressWanted = false;
    this.say({ watchId: NO_WATCHER });
  }

  private serve(watcher: Watcher): void {
    while (!this.blocked && !watcher.isCaughtUp(this.store)) {
      if (watcher.isLeftBehind(this.store)) {
        this.watchers.delete(watcher.id);
        this.say({ watchId: watcher.id, canceled: true, compactRevision: this.store.compactRevision, revision: 0 });
        return;
      }
      for (const batch of watcher.take(this.store)) {
        watcher.active = true;
        this.say({ watchId: watcher.id, ...batch });
      }
    }
  }

  private say(answer: Partial<WatchAnswer> & { watchId: string }): void {
    const taken = this.sink({ revision: this.store.revision, events: [], ...answer });
    if (!taken) this.blocked = true;
  }

  private refusalOf(wantedId: string, spec: WatchSpec): string | undefined {
    const { start, end } = spec.range;
    if (end !== undefined && start >= end) return 'mvcc: watcher range is empty';
    if (this.watchers.has(wantedId) && wantedId !== AUTO_ID) {
      return 'mvcc: duplicate watch ID provided on the WatchStream';
    }
    return undefined;
  }

  private freeId(): string {
    while (this.watchers.has(String(this.nextId))) this.nextId++;
    return String(this.nextId++);
  }
}
