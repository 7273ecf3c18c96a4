import type {
  CallOutcome,
  CallResult,
  Cancellation,
  Clock,
  GoverseError,
  NearObject,
  ObjectCall,
  ObjectTypeInfo,
  PayloadCodec,
} from '../core/index.js';
import { NEVER, goverseError, promiseOf } from '../core/index.js';
import type { NodeConfig } from '../config/index.js';
import type { ClusterView, EtcdOptions, ShardTally } from '../cluster/index.js';
import { ClusterNode, tallyShards } from '../cluster/index.js';
import { callEvents, type Readiness } from '../observability/index.js';
import type { ObjectRegistry } from '../objects/index.js';
import { ObjectCatalog, describeObjects } from '../objects/index.js';
import type { GateStreams } from '../push/index.js';
import { Router } from '../routing/index.js';
import type { EnvelopeReport, LinkHandler, LinkPeer, LinkSockets, PeerRoute, ViewStamp } from '../rpc/index.js';
import { LinkPool, LinkServer, describeCall, peerCredentials } from '../rpc/index.js';
import { LocalTarget } from './local-target.js';
import type { NodeLogger } from './node-logger.js';

/** How long peers get to hear the answers of calls that have ended. */
const LINK_GRACE_MS = 2_000;

/** How often a node that leaves looks whether its own calls have ended. */
const LAST_CALLS_STEP_MS = 20;

export interface MemberParts {
  readonly config: NodeConfig;
  readonly registry: ObjectRegistry;
  readonly codec: PayloadCodec;
  readonly gates: GateStreams;
  readonly logger: NodeLogger;
  readonly clock: Clock;
  /** Advertised address. */
  readonly address: string;
  /** Unique per start. */
  readonly startId: string;
  readonly etcd: EtcdOptions;
  readonly route?: PeerRoute | undefined;
  /** Where sockets for Links come in. Absent: Links stay on gRPC. */
  readonly sockets?: LinkSockets | undefined;
}

/** The membership of this node: its objects, its shards and its Links, under one address. */
export class Member implements LinkHandler {
  readonly address: string;
  readonly catalog: ObjectCatalog;
  readonly cluster: ClusterNode;
  readonly router: Router;
  readonly linkServer: LinkServer;
  joined = false;
  private leaving = false;
  private described: readonly ObjectTypeInfo[] | undefined;
  private readonly startedAt: number;
  private readonly local: LocalTarget;
  private readonly links: LinkPool;

  constructor(private readonly parts: MemberParts) {
    const { config, clock, address, startId, logger, codec } = parts;
    const self: LinkPeer = { address, startId, role: 'node' };
    const wire = { self, secret: config.clusterSecret, maxPayloadBytes: config.maxPayloadBytes, clock };
    this.address = address;
    this.startedAt = clock.monotonic();
    this.catalog = this.createCatalog();
    this.cluster = this.createCluster();
    this.local = new LocalTarget({
      address,
      shards: config.shards,
      clock,
      catalog: this.catalog,
      holder: this.cluster,
    });
    const { route, sockets } = parts;
    this.links = new LinkPool({
      ...wire,
      ...peerCredentials(config.tls),
      logger,
      route,
      sockets: sockets !== undefined,
    });
    const { idempotentMethods } = parts.registry;
    this.linkServer = new LinkServer({ ...wire, handler: this, idempotentMethods, sockets });
    this.router = new Router({
      source: this.cluster,
      shards: config.shards,
      clock,
      remote: (node) => this.links.link(node),
      local: { address, target: this.local, codec },
    });
    this.cluster.onView((view) => this.dropDeparted(view));
  }

  get readiness(): Readiness {
    return this.cluster.readiness();
  }

  /** Addresses of the nodes this node has a Link for. */
  peers(): string[] {
    return this.links.addresses();
  }

  get clock(): Clock {
    return this.parts.clock;
  }

  get uptimeSeconds(): number {
    return Math.floor((this.parts.clock.monotonic() - this.startedAt) / 1000);
  }

  /** The shards of this node as they are now. */
  get shardTally(): ShardTally {
    return tallyShards(this.address, this.cluster);
  }

  /** The object types of this node; they do not change while it runs. */
  get objectTypes(): readonly ObjectTypeInfo[] {
    return (this.described ??= describeObjects(this.parts.registry, this.parts.codec.registry));
  }

  async join(): Promise<void> {
    await this.cluster.start();
    this.joined = true;
  }

  whenReady(): Promise<void> {
    return this.cluster.whenReady();
  }

  /** Throws `FENCED` after the lease has run out. */
  assertAlive(): void {
    if (!this.cluster.alive()) throw this.fencedError();
  }

  execute(call: ObjectCall, signal: Cancellation, peer: LinkPeer, view?: ViewStamp): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(call, signal, peer, outcome, view));
  }

  begin(call: ObjectCall, signal: Cancellation, _peer: LinkPeer, outcome: CallOutcome, view?: ViewStamp): void {
    this.local.begin(call, signal, new ServedAnswer(this, call, outcome), view);
  }

  /** Tells another process what its call came to, as long as this one may speak for the object. */
  answer(call: ObjectCall, result: CallResult, outcome: CallOutcome): void {
    // The process may have slept since the turn began; then its shard may be somebody else's by now.
    if (this.cluster.alive()) outcome.done(result);
    else outcome.failed(this.lostLease(call));
  }

  /** `FindNear`; nobody who watches calls misses one. */
  near(objectId: string, type: string | undefined): NearObject | undefined {
    return callEvents.watched ? undefined : this.local.near(objectId, type);
  }

  /** A call made by code in this process; none leaves a turn after the lease has run out. */
  callOut(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
    // Whatever a turn calls has that turn in its chain.
    if (call.chain.length > 0 && !this.cluster.alive()) outcome.failed(this.fencedError());
    else this.router.begin(call, signal, outcome);
  }

  pushReport(peer: LinkPeer, report: EnvelopeReport): void {
    this.parts.gates.report(peer.address, report);
  }

  linkUp(peer: LinkPeer): void {
    if (peer.role === 'gate') this.parts.gates.linkUp(peer.address);
  }

  linkDown(peer: LinkPeer): void {
    if (peer.role === 'gate') this.parts.gates.linkDown(peer.address);
  }

  /**
   * Moves every shard to another node, while calls go on. False: turns still ran at `drainTimeoutMs`; their signals have
   * been aborted and their callers got `OUTCOME_UNKNOWN`.
   */
  async handOver(): Promise<boolean> {
    const { clock, config } = this.parts;
    this.leaving = true;
    let timer: unknown;
    const timeout = new Promise<boolean>((resolve) => {
      timer = clock.setTimeout(() => resolve(false), config.drainTimeoutMs);
    });
    const finished = await Promise.race([this.drain(), timeout]);
    clock.clearTimeout(timer);
    if (!finished) this.catalog.abortRunning();
    return finished;
  }

  /** `finished` false: turns may still run, so the lease is left to expire and nobody claims their shards before. */
  async leave(finished: boolean): Promise<void> {
    await Promise.all([this.linkServer.close(LINK_GRACE_MS), this.lastCalls()]);
    if (finished) await this.cluster.stop();
    else this.cluster.kill();
    await this.links.close();
  }

  kill(): void {
    this.cluster.kill();
    void this.links.close();
    void this.linkServer.close(0);
    void this.catalog.fence();
  }

  /** Calls that other code of this process made get a moment to be answered by their next owner. */
  private async lastCalls(): Promise<void> {
    const { clock } = this.parts;
    const until = clock.monotonic() + LINK_GRACE_MS;
    while (this.router.retrying + this.links.openCalls > 0 && clock.monotonic() < until) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, LAST_CALLS_STEP_MS));
    }
  }

  /** It is leaving, and nobody is there to take over. */
  private isLast(): boolean {
    const { view, pool } = this.cluster;
    return this.leaving && [...view.nodes.values()].filter((node) => node.pool === pool).length <= 1;
  }

  /** The Links to nodes that have left the cluster. */
  private dropDeparted({ nodes }: ClusterView): void {
    for (const address of this.links.addresses()) if (!nodes.has(address)) this.links.drop(address);
  }

  private lostLease(call: ObjectCall): GoverseError {
    return goverseError('OUTCOME_UNKNOWN', `${this.address} lost its lease while ${describeCall(call)} ran`);
  }

  private fencedError(): GoverseError {
    return goverseError(
      'FENCED',
      `${this.address} has lost its lease in the cluster; nothing leaves it until it has joined again`,
    );
  }

  private async drain(): Promise<boolean> {
    try {
      await this.cluster.drain();
      await this.catalog.shutdown();
      return true;
    } catch (error) {
      this.parts.logger.error(`The hand-over of ${this.address} failed: ${String(error)}`);
      return false;
    }
  }

  private createCatalog(): ObjectCatalog {
    const { registry, codec, config, clock, logger } = this.parts;
    return new ObjectCatalog({
      registry,
      codec,
      clock,
      logger,
      shards: config.shards,
      maxActivations: config.maxActivations,
      // Objects ask whether they may run, the cluster tells them when to stop: each sees a small interface of the other.
      ownership: {
        assertMayRun: (placement) => this.local.assertMayRun(placement),
        tenancyOf: (placement) => ({
          node: this.address,
          epoch: 'shard' in placement ? this.cluster.epochOf(placement.shard) : undefined,
          lease: this.cluster.leaseClock,
        }),
      },
      passOn: (call) => this.router.execute(call, NEVER),
    });
  }

  private createCluster(): ClusterNode {
    const { config, address, startId, registry, etcd, clock, logger } = this.parts;
    const options = {
      etcd,
      prefix: config.etcdPrefix,
      address,
      startId,
      shards: config.shards,
      leaseTtlSeconds: config.leaseTtlSeconds,
      pool: config.pool,
      minNodes: config.minNodes,
      weight: config.weight,
      types: registry.types,
      drainTimeoutMs: config.drainTimeoutMs,
      clock,
      logger,
    };
    return new ClusterNode(options, {
      release: (shards, postponed) => this.catalog.release(shards, this.isLast() ? 'shutdown' : 'moved', postponed),
      fence: () => this.catalog.fence(),
    });
  }
}

/** The outcome of a call that came from another process. */
class ServedAnswer implements CallOutcome {
  constructor(
    private readonly member: Member,
    private readonly call: ObjectCall,
    private readonly outcome: CallOutcome,
  ) {}

  done(result: CallResult): void {
    this.member.answer(this.call, result, this.outcome);
  }

  failed(error: unknown): void {
    this.outcome.failed(error);
  }
}
