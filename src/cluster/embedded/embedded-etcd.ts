import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { goverseError, systemClock, type Clock } from '../../core/index.js';
import { loadEtcdServices } from './etcd-proto.js';
import { EtcdStore } from './etcd-store.js';
import { KvEngine } from './kv-engine.js';
import { kvService } from './kv-service.js';
import { LeaseBook } from './lease-book.js';
import { deleteKeysOfLease } from './lease-keys.js';
import { leaseService } from './lease-service.js';
import { formatAddress, parseListenAddress, type ListenAddress } from './listen-address.js';
import { authService, clusterService, maintenanceService } from './member-services.js';
import { OpenStreams } from './open-streams.js';
import { MAX_REQUEST_BYTES } from './request-size.js';
import { ServerIdentity } from './server-identity.js';
import { WatchHub } from './watch-hub.js';
import { watchService } from './watch-service.js';

export interface EmbeddedEtcdOptions {
  /** Loopback `host:port`, port 0 = any free one. Default: `127.0.0.1:2379` if that is free, else a free port. */
  listen?: string;
  /** Gets the lines a user should see. Default: nobody. */
  logger?: (line: string) => void;
  /** How often quiet watchers that asked for it hear of progress, in milliseconds. Default: 10 minutes, as etcd. */
  progressNotifyMs?: number;
  clock?: Clock;
}

const DEFAULT_ADDRESS: ListenAddress = { host: '127.0.0.1', port: 2379 };
const DEFAULT_PROGRESS_MS = 10 * 60_000;
/** etcd's own allowance for gRPC overhead above the largest request. */
const RECEIVE_LIMIT_BYTES = MAX_REQUEST_BYTES + 512 * 1024;
/** How long clients are given to close their connections before they are cut. */
const STOP_GRACE_MS = 500;

/**
 * A small etcd inside this process, for development and tests: it speaks etcd's v3 gRPC API (KV, Watch, Lease, Status)
 * with etcd's texts, codes and revision arithmetic, over memory only. Several may run in one process.
 */
export class EmbeddedEtcd {
  private readonly server = new Server({
    'grpc.max_receive_message_length': RECEIVE_LIMIT_BYTES,
    // Two servers must not share a port: the second is to be told that it is taken.
    'grpc.so_reuseport': 0,
  });
  private readonly store = new EtcdStore();
  private readonly identity = new ServerIdentity();
  private readonly streams = new OpenStreams();
  private readonly leases: LeaseBook;
  private readonly hub: WatchHub;
  private stopping: Promise<void> | undefined;
  private boundTo = '';

  private constructor(clock: Clock, progressMs: number) {
    this.leases = new LeaseBook(clock, (id) => deleteKeysOfLease(this.store, id));
    this.hub = new WatchHub(this.store, clock, progressMs);
    this.addServices();
  }

  /** Starts an empty etcd. Rejects with `INVALID_ARGUMENT` for an address others can reach, or one that is taken. */
  static async start(options: EmbeddedEtcdOptions = {}): Promise<EmbeddedEtcd> {
    const wanted = options.listen === undefined ? undefined : parseListenAddress(options.listen);
    const etcd = new EmbeddedEtcd(options.clock ?? systemClock, options.progressNotifyMs ?? DEFAULT_PROGRESS_MS);
    try {
      etcd.boundTo = formatAddress(await bind(etcd.server, wanted));
    } catch (error) {
      await etcd.stop();
      throw error;
    }
    options.logger?.(
      `Embedded etcd on ${etcd.address}: for development and tests, it keeps nothing when this process ends`,
    );
    return etcd;
  }

  /** `host:port` to connect to. */
  get address(): string {
    return this.boundTo;
  }

  /** Ends every stream with UNAVAILABLE, frees the port and forgets everything. May be called more than once. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private addServices(): void {
    const { KV, Watch, Lease, Maintenance, Cluster, Auth } = loadEtcdServices();
    const { server, store, identity, streams, leases, hub } = this;
    server.addService(KV, kvService(new KvEngine(store, leases), store, identity));
    server.addService(Watch, watchService(hub, identity, streams));
    server.addService(Lease, leaseService(leases, store, identity, streams));
    server.addService(Maintenance, maintenanceService(store, identity));
    server.addService(
      Cluster,
      clusterService(identity, () => this.address),
    );
    server.addService(Auth, authService());
  }

  private async shutDown(): Promise<void> {
    this.leases.stop();
    this.hub.stop();
    this.streams.endAll();
    const cut = systemClock.setTimeout(() => this.server.forceShutdown(), STOP_GRACE_MS);
    await new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    systemClock.clearTimeout(cut);
  }
}

/** Without a wish, the port every etcd client tries first, if nobody has it. */
async function bind(server: Server, wanted: ListenAddress | undefined): Promise<ListenAddress> {
  if (wanted !== undefined) return bindTo(server, wanted);
  try {
    return await bindTo(server, DEFAULT_ADDRESS);
  } catch {
    return bindTo(server, { ...DEFAULT_ADDRESS, port: 0 });
  }
}

async function bindTo(server: Server, address: ListenAddress): Promise<ListenAddress> {
  try {
    await checkFree(address);
    const port = await promisify(server.bindAsync.bind(server))(
      formatAddress(address),
      ServerCredentials.createInsecure(),
    );
    return { host: address.host, port };
  } catch (error) {
    throw addressTaken(address, error as Error);
  }
}

/** Asked before grpc-js is, which prints an error of its own when it cannot bind. */
async function checkFree(address: ListenAddress): Promise<void> {
  const probe = createServer().listen(address.port, address.host);
  await once(probe, 'listening');
  await new Promise((resolve) => probe.close(resolve));
}

function addressTaken(address: ListenAddress, cause: Error): Error {
  return goverseError(
    'INVALID_ARGUMENT',
    `The embedded etcd cannot listen on ${formatAddress(address)}: ${cause.message}. Free that port or listen on port 0`,
    { cause },
  );
}
