import type { Clock, TimerHandle } from '../core/index.js';
import type { ClusterLogger } from './cluster-logger.js';
import { ClusterObserver } from './cluster-observer.js';
import type { EtcdOptions } from './etcd/index.js';
import { EtcdConnection, toEtcdOptions } from './etcd/index.js';
import { KeyLayout } from './key-layout.js';
import { Membership } from './membership.js';
import type { Readiness } from './node-readiness.js';
import type { ProtocolRange } from './protocol.js';
import { ReadinessFeed } from './readiness-feed.js';
import { ViewListeners } from './view-listeners.js';

/** Requests to etcd are given up after a quarter of the lease, within these limits. */
const SHORTEST_REQUEST_MS = 500;
const LONGEST_REQUEST_MS = 3_000;
/** Readiness depends on time as well (signs of life of the watch), so it is looked at this often. */
const LONGEST_CHECK_MS = 1_000;

export interface PresenceParts {
  readonly role: 'node' | 'gate';
  readonly etcd: EtcdOptions | readonly string[];
  readonly prefix: string;
  readonly address: string;
  readonly startId: string;
  /** Shard space of a node. */
  readonly pool: string;
  /** Object types a node hosts; a gate hosts none. */
  readonly types: readonly string[];
  readonly shards: number;
  readonly leaseTtlSeconds: number;
  readonly protocol?: ProtocolRange;
  readonly clock: Clock;
  readonly logger: ClusterLogger;
  /** Content of the registration. */
  record(): string;
  readiness(): Readiness;
}

/** What nodes and gates have in common: a connection to etcd, the view of the cluster, readiness, a way to register. */
export class Presence {
  readonly keys: KeyLayout;
  readonly connection: EtcdConnection;
  readonly observer: ClusterObserver;
  readonly membership: Membership;
  readonly listeners = new ViewListeners();
  readonly readiness = new ReadinessFeed({ ready: false, reason: 'not started' });
  private timer: TimerHandle;
  private closed = false;

  constructor(private readonly parts: PresenceParts) {
    const ttlMs = parts.leaseTtlSeconds * 1_000;
    const requestMs = Math.min(Math.max(ttlMs / 4, SHORTEST_REQUEST_MS), LONGEST_REQUEST_MS);
    this.keys = new KeyLayout(parts.prefix, parts.pool);
    this.connection = new EtcdConnection(toEtcdOptions(parts.etcd), requestMs, parts.clock);
    const shared = { ...parts, keys: this.keys, connection: this.connection };
    this.observer = new ClusterObserver({ ...shared, ttlMs });
    this.membership = new Membership({ ...shared, observer: this.observer });
  }

  start(onSnapshot: () => void): void {
    this.observer.onSnapshot(() => {
      onSnapshot();
      this.update();
    });
    this.observer.start();
    this.check();
  }

  /** Something changed that listeners may have waited for: the view, or what this process holds. */
  update(): void {
    if (this.closed) return;
    this.readiness.set(this.parts.readiness());
    this.listeners.tell(this.observer.snapshot);
  }

  /** Ends all work with etcd at once; those who wait for readiness get the error. */
  close(error: unknown): void {
    if (this.closed) return;
    this.closed = true;
    this.parts.clock.clearTimeout(this.timer);
    this.observer.stop();
    this.connection.close();
    this.listeners.clear();
    this.readiness.fail(error, { ready: false, reason: error instanceof Error ? error.message : String(error) });
  }

  private check(): void {
    if (this.closed) return;
    this.readiness.set(this.parts.readiness());
    const ms = Math.min(LONGEST_CHECK_MS, this.parts.leaseTtlSeconds * 250);
    this.timer = this.parts.clock.setTimeout(() => this.check(), ms);
  }
}
