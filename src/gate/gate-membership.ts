import type { CallOutcome, CallTarget, Cancellation, Clock, ObjectCall, ObjectTypeInfo } from '../core/index.js';
import { goverseError } from '../core/index.js';
import type { GateConfig } from '../config/index.js';
import type { EtcdEndpoints, EtcdLease } from '../cluster/index.js';
import { ClusterGate, etcdOptionsOf } from '../cluster/index.js';
import type { Readiness } from '../observability/index.js';
import { Router } from '../routing/index.js';
import type { EnvelopeReport, PeerRoute, PushEnvelope } from '../rpc/index.js';
import { LinkPool, peerCredentials } from '../rpc/index.js';
import { ClientHandover } from './client-handover.js';
import type { ClusterSide, GateIdentity } from './cluster-side.js';
import type { GateLogger } from './gate-logger.js';
import { NodeRegistrations } from './node-registrations.js';

/** How long a node may take to tell of its object types, in milliseconds. */
const DESCRIBE_TIMEOUT_MS = 2_000;

export interface GateMembershipParts {
  readonly config: GateConfig;
  /** Finds etcd, or starts the embedded one of this process. */
  readonly etcd: EtcdEndpoints;
  /** Default: nodes are dialled themselves. */
  readonly route?: PeerRoute | undefined;
  readonly clock: Clock;
  readonly logger: GateLogger;
}

/** Ids of clients in the message by which a gate registers: a node has to take it. */
const INTRODUCED_IDS = 4_096;

/** What exists while the gate is in the cluster, under one address. */
interface Joined {
  readonly cluster: ClusterGate;
  readonly pool: LinkPool;
  readonly registrations: NodeRegistrations;
  readonly router: Router;
  readonly handover: ClientHandover;
}

/** A gate in a real cluster: its key in etcd, one Link per node, one registration per node. */
export class GateMembership implements ClusterSide {
  readonly target: CallTarget = {
    execute: (call, signal) => this.running().router.execute(call, signal),
    begin: (call, signal, outcome) => this.callOut(call, signal, outcome),
  };
  private etcd: EtcdLease | undefined;
  private joined: Joined | undefined;
  private readonly listeners = new Set<() => void>();
  private keyShared = false;

  constructor(private readonly parts: GateMembershipParts) {}

  get handover(): ClientHandover | undefined {
    return this.joined?.handover;
  }

  async leaveNodes(timeoutMs: number): Promise<void> {
    await this.joined?.registrations.leave(timeoutMs);
  }

  get embeddedEtcd(): string | undefined {
    return this.etcd?.embeddedAddress;
  }

  async start(
    identity: GateIdentity,
    receive: (envelope: PushEnvelope) => EnvelopeReport,
    failed: (error: Error) => void,
  ): Promise<void> {
    const { config, etcd, logger } = this.parts;
    this.etcd = await etcd.acquire(config.etcd, (line) => logger.log(line));
    const joined = this.join(identity, this.etcd.endpoints, receive);
    this.joined = joined;
    joined.cluster.onReadiness(() => this.notify());
    joined.registrations.start();
    // etcd may be away for long: the gate waits for it without keeping anything else waiting.
    joined.cluster
      .start()
      .then(() => this.shareKey(joined.cluster, identity.clients))
      .catch(failed);
  }

  /** Nodes that do not answer in time, or are of a version that cannot tell, are left out. */
  async describe(): Promise<ObjectTypeInfo[]> {
    const { cluster, pool } = this.running();
    const nodes = [...cluster.view.nodes.keys()];
    const told = await Promise.allSettled(nodes.map((node) => pool.link(node).describe(DESCRIBE_TIMEOUT_MS)));
    return told.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }

  peers(): string[] {
    return this.joined?.pool.addresses() ?? [];
  }

  readiness(): Readiness {
    if (!this.joined) return { ready: false, reason: 'the gate is starting' };
    const cluster = this.joined.cluster.readiness();
    if (!cluster.ready) return cluster;
    // Tokens made before would be worth nothing at other gates.
    if (!this.keyShared) return { ready: false, reason: "the gate waits for the cluster's key" };
    return this.joined.registrations.readiness();
  }

  onReadiness(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    if (!this.joined) return;
    const { cluster, pool, registrations, handover } = this.joined;
    handover.stop();
    registrations.stop();
    await cluster.stop();
    await pool.close();
    await this.etcd?.release();
  }

  kill(): void {
    if (!this.joined) return;
    const { cluster, pool, registrations, handover } = this.joined;
    handover.stop();
    cluster.kill();
    registrations.stop();
    void pool.close();
    void this.etcd?.release();
  }

  private join(
    { address, startId, clients }: GateIdentity,
    endpoints: readonly string[],
    receive: (envelope: PushEnvelope) => EnvelopeReport,
  ): Joined {
    const { config, clock, logger } = this.parts;
    const { shards, maxPayloadBytes, clusterSecret: secret, etcdPrefix: prefix, leaseTtlSeconds } = config;
    const etcd = etcdOptionsOf(config, endpoints);
    const cluster = new ClusterGate({ etcd, prefix, address, startId, shards, leaseTtlSeconds, clock, logger });
    const self = { address, startId, role: 'gate' as const };
    const { route } = this.parts;
    const pool = new LinkPool({
      self,
      secret,
      ...peerCredentials(config.tls),
      maxPayloadBytes,
      route,
      clock,
      logger,
      sockets: config.linkTransport === 'auto',
    });
    const router = new Router({ source: cluster, shards, clock, remote: (node) => pool.link(node) });
    const onChange = () => this.notify();
    const { tag, windowMs } = clients ?? { tag: '', windowMs: 0 };
    const adopted = (from: number, to?: number) => clients?.adopted().slice(from, to) ?? [];
    const handover = new ClientHandover({ source: cluster, pool, clock, logger, self: { address, tag } });
    const registrations = new NodeRegistrations({
      source: cluster,
      pool,
      gateAddress: address,
      introduction: () => ({ tag, windowMs, adopted: adopted(0, INTRODUCED_IDS) }),
      onRegistered: (node) => void handover.introduce(node, adopted(INTRODUCED_IDS)),
      moved: (ids) => ids.forEach((id) => clients?.moved(id)),
      wanted: () => clients?.wanted(),
      receive,
      onChange,
      clock,
      logger,
    });
    return { cluster, pool, registrations, router, handover };
  }

  /** With a cluster secret the key follows from it. */
  private async shareKey(cluster: ClusterGate, clients: GateIdentity['clients']): Promise<void> {
    if (clients && this.parts.config.clusterSecret === undefined) clients.shareKey(await cluster.clientKey());
    this.keyShared = true;
    this.notify();
  }

  private callOut(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
    let joined: Joined;
    try {
      joined = this.running();
    } catch (error) {
      return outcome.failed(error);
    }
    joined.router.begin(call, signal, outcome);
  }

  private running(): Joined {
    if (this.joined) return this.joined;
    throw goverseError('NOT_READY', 'The gate has not started yet');
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
