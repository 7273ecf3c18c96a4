import type { Clock } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { ClusterSnapshot } from './cluster-snapshot.js';
import { ClusterState } from './cluster-state.js';
import type { EtcdConnection } from './etcd/index.js';
import { PrefixWatch } from './etcd/index.js';
import type { KeyLayout } from './key-layout.js';
import { TroubleLog } from './trouble-log.js';

export interface ClusterObserverParts {
  readonly connection: EtcdConnection;
  readonly keys: KeyLayout;
  readonly shards: number;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
}

type Listener = (snapshot: ClusterSnapshot) => void;

/** Has the present snapshot of the cluster and tells of the next ones. */
export class ClusterObserver {
  private readonly state: ClusterState;
  private readonly watch: PrefixWatch;
  private readonly listeners = new Set<Listener>();
  private readonly troubles: TroubleLog;
  private readonly ttlMs: number;
  private loaded = false;

  constructor(parts: ClusterObserverParts) {
    const { connection, keys, clock, logger, shards } = parts;
    this.ttlMs = parts.ttlMs;
    this.troubles = new TroubleLog(clock, logger, connection.endpoints);
    this.state = new ClusterState(keys, shards, (problem) => logger.error(problem));
    this.watch = new PrefixWatch({
      connection,
      clock,
      prefix: keys.prefix,
      identityKey: keys.store,
      silenceMs: parts.ttlMs / 4,
      identity: () => this.state.snapshot.parts.storeEntry,
      onListing: (listing) => {
        this.loaded = true;
        this.tell(this.state.reset(listing));
      },
      onEvents: (events) => this.tell(this.state.apply(events)),
      onLive: () => this.troubles.fine(),
      onTrouble: (message) => this.troubles.trouble(message, this.loaded),
    });
  }

  get snapshot(): ClusterSnapshot {
    return this.state.snapshot;
  }

  /** The watch has given a sign of life within one lease time: a short outage of etcd changes nothing. */
  get live(): boolean {
    return this.watch.silence < this.ttlMs;
  }

  /** Says so while etcd cannot be reached. */
  get unreachable(): string | undefined {
    return this.troubles.unreachable;
  }

  start(): void {
    this.watch.start();
  }

  stop(): void {
    this.watch.stop();
    this.listeners.clear();
  }

  /** A revision that this process knows to exist: a watch that leaves it out is replaced. */
  expect(revision: number): void {
    this.watch.expect(revision);
  }

  trouble(message: string): void {
    this.troubles.trouble(message, this.loaded);
  }

  onSnapshot(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves with the first listed snapshot, present or to come, that is as wanted; rejects with the signal's reason. */
  until(wanted: (snapshot: ClusterSnapshot) => boolean, signal: AbortSignal): Promise<ClusterSnapshot> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        stop();
        signal.removeEventListener('abort', abort);
        end();
      };
      const abort = (): void => settle(() => reject(signal.reason as Error));
      const look = (snapshot: ClusterSnapshot): void => {
        if (this.loaded && wanted(snapshot)) settle(() => resolve(snapshot));
      };
      const stop = this.onSnapshot(look);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      else look(this.snapshot);
    });
  }

  private tell(snapshot: ClusterSnapshot): void {
    for (const listener of [...this.listeners]) listener(snapshot);
  }
}
