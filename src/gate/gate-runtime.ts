import type { FastifyInstance } from 'fastify';
import type { Clock, GoverseError, LifeStep, ObjectTypeInfo, PayloadCodec, TimerHandle } from '../core/index.js';
import { LifeCycle, advertisedAddress, goverseError, uniqueId } from '../core/index.js';
import type { GateConfig } from '../config/index.js';
import type { Readiness } from '../observability/index.js';
import { OpsServer, RefusalCounts } from '../observability/index.js';
import type { CallPort } from '../routing/index.js';
import type { GrpcListener } from '../rpc/index.js';
import { clientTlsOf } from './client-tls.js';
import { LiveConnections } from '../rpc/index.js';
import type { ClientHandover } from './client-handover.js';
import type { ClusterSide } from './cluster-side.js';
import type { Elsewhere } from './client-streams.js';
import { GateEdge } from './gate-edge.js';
import type { GateLogger } from './gate-logger.js';
import { gateMetrics } from './gate-metrics.js';
import { startGrpcServer } from './grpc/grpc-server.js';
import type { HandlerBinder } from './handler-binder.js';
import { httpFace } from './http/http-face.js';
import { HttpServer } from './http/http-server.js';
import { ConnectionsPerIp } from './limits/connections-per-ip.js';
import { OriginPolicy } from './http/origin-policy.js';

/** How long streams that have been ended may take to flush, in milliseconds; clients that do not read are cut then. */
const STREAM_GRACE_MS = 2_000;

/** How long each step of leaving clients with the nodes may take, in milliseconds. */
const LEAVE_MS = 2_000;

/** Pushes stop, clients that are arriving arrive, records are left, nodes are told. */
const LEAVE_STEPS = 4;

/** How long connections may linger when nothing runs any more. */
const CLOSE_GRACE_MS = 500;

export interface GateRuntimeParts {
  readonly config: GateConfig;
  readonly cluster: ClusterSide;
  readonly codec: PayloadCodec;
  readonly clock: Clock;
  readonly logger: GateLogger;
}

/** An HTTP server that is not the gate's, to serve the gate's routes too. */
export interface HttpMount {
  readonly app: FastifyInstance;
  /** `v1`: the process is a gate and everything under /v1 is its own. */
  readonly unknownPaths: 'v1' | 'none';
}

/** One gate: its listeners, its clients and its way into the cluster, and the order in which they start and stop. */
export class GateRuntime {
  readonly edge: GateEdge;
  /** Of all ports for clients together. */
  readonly connectionsPerIp: ConnectionsPerIp;
  /** Those of gRPC. */
  readonly liveConnections = new LiveConnections();
  private readonly life: LifeCycle;
  private readonly readinessListeners = new Set<() => void>();
  private binder: HandlerBinder | undefined;
  private mount: HttpMount | undefined;
  private grpc: GrpcListener | undefined;
  private http: HttpServer | undefined;
  private ops: OpsServer | undefined;
  private readonly refusals = new RefusalCounts();
  private failure: Error | undefined;
  private wanted!: () => void;
  /** Another gate has asked for clients of this one, which is about to leave. */
  private readonly whenWanted = new Promise<void>((resolve) => (this.wanted = resolve));
  private state: 'new' | 'running' | 'draining' | 'stopped' = 'new';

  constructor(private readonly parts: GateRuntimeParts) {
    const { config, cluster, codec, clock, logger } = parts;
    this.connectionsPerIp = new ConnectionsPerIp(config.maxConnectionsPerIp);
    this.edge = new GateEdge({
      ...config,
      address: () => this.address,
      target: cluster.target,
      read: (any) => codec.decodePush(any),
      clock,
      logger,
    });
    if (config.resumeWindowMs > 0) this.edge.streams.elsewhere = this.elsewhere();
    this.life = new LifeCycle(this.steps(), (message) => parts.logger.error(message));
  }

  /** Advertised `host:port` of the gRPC face; client ids begin with it. Before the gate listens: as configured. */
  get address(): string {
    return advertisedAddress(this.parts.config.advertise, this.grpc?.address);
  }

  /** `host:port` of the gate's own HTTP server; undefined if it has none. */
  get httpAddress(): string | undefined {
    return this.http?.address;
  }

  /** `host:port` of `opsListen`; undefined if it is not set. */
  get opsAddress(): string | undefined {
    return this.ops?.address;
  }

  /** `host:port` of the etcd that runs in this process, if one does. */
  get embeddedEtcd(): string | undefined {
    return this.parts.cluster.embeddedEtcd;
  }

  /** Addresses of the nodes this gate has a Link for. */
  peers(): string[] {
    return this.parts.cluster.peers();
  }

  /** Opens the listeners and begins to join the cluster; `whenReady` tells when that is done. */
  async start(binder: HandlerBinder, mount?: HttpMount): Promise<void> {
    this.binder = binder;
    this.mount = mount;
    await this.life.start();
  }

  /** The object types of the nodes, for `/v1/openapi.json`. */
  describe(): Promise<readonly ObjectTypeInfo[]> {
    return this.parts.cluster.describe();
  }

  readiness(): Readiness {
    if (this.failure) return { ready: false, reason: this.failure.message };
    if (this.state === 'running') return this.parts.cluster.readiness();
    return { ready: false, reason: this.state === 'new' ? 'the gate is starting' : 'the gate is stopping' };
  }

  /** Resolves when the gate is registered with every live node; rejects when it never will be. */
  whenReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const settled = this.readiness().ready || this.failure !== undefined || this.state === 'stopped';
        if (!settled) return false;
        this.readinessListeners.delete(look);
        if (this.readiness().ready) resolve();
        else reject(this.failure ?? goverseError('NOT_READY', 'The gate was stopped before it became ready'));
        return true;
      };
      if (!look()) this.readinessListeners.add(look);
    });
  }

  /** Takes nothing new, finishes what runs (at most `drainTimeoutMs`), leaves the cluster and closes. Idempotent. */
  stop(): Promise<void> {
    return this.life.stop();
  }

  /** Ends like a crash: sockets are cut, nobody is told (tests). */
  async kill(): Promise<void> {
    this.state = 'stopped';
    this.parts.cluster.kill();
    this.edge.access.stop();
    this.edge.cut();
    await Promise.all([this.grpc?.close(0), this.http?.close(0), this.closeOps()]);
  }

  /** What GoverseService needs of this gate. */
  callPort(): CallPort {
    const { config, cluster, codec, clock } = this.parts;
    return {
      target: cluster.target,
      codec,
      clock,
      shards: config.shards,
      isLocal: () => false,
      isImmutable: () => false,
      isIdempotent: () => false,
      whenReady: () => this.whenReady(),
    };
  }

  /** The order of starting; stopping goes the other way. */
  private steps(): LifeStep[] {
    return [
      { name: 'access rules', start: async () => this.edge.access.start(), stop: async () => this.edge.access.stop() },
      { name: 'gRPC listener', start: () => this.openGrpc(), stop: async () => this.grpc?.close(CLOSE_GRACE_MS) },
      { name: 'HTTP listener', start: () => this.openHttp(), stop: async () => this.http?.close(CLOSE_GRACE_MS) },
      { name: "operators' listener", start: () => this.openOps(), stop: () => this.closeOps() },
      { name: 'cluster', start: () => this.join(), stop: () => this.parts.cluster.stop() },
      { name: 'clients', start: async () => this.enter('running'), stop: () => this.drain() },
    ];
  }

  private async openGrpc(): Promise<void> {
    const { config, clock } = this.parts;
    const { errors, exchanges } = this.edge;
    // Behind a proxy that shares connections nothing follows from a connection that lives on.
    const live = config.bindClientIds === 'peer' ? this.liveConnections : new LiveConnections();
    const options = {
      ...config,
      errors,
      exchanges,
      tls: clientTlsOf(config),
      connections: this.connectionsPerIp,
      live,
      clock,
    };
    this.grpc = await startGrpcServer(options, this.binder as HandlerBinder);
  }

  private async openHttp(): Promise<void> {
    const { config, clock } = this.parts;
    if (this.mount) await this.mount.app.register(this.face(this.mount.unknownPaths));
    else if (config.httpListen !== false)
      this.http = await HttpServer.start(config.httpListen, this.face('all'), {
        clock,
        tls: clientTlsOf(config),
        limits: config,
        connectionsPerIp: this.connectionsPerIp,
      });
  }

  private face(unknownPaths: 'all' | 'v1' | 'none'): (app: FastifyInstance) => Promise<void> {
    const { config } = this.parts;
    return httpFace({
      binder: this.binder as HandlerBinder,
      errors: this.edge.errors,
      exchanges: this.edge.exchanges,
      origins: new OriginPolicy(config.cors),
      readiness: () => this.readiness(),
      maxPayloadBytes: config.maxPayloadBytes,
      openApi: config.openApi,
      unknownPaths,
    });
  }

  private async openOps(): Promise<void> {
    const { opsListen } = this.parts.config;
    if (opsListen === undefined) return;
    this.refusals.start();
    const metrics = () => gateMetrics(this.edge, this.refusals);
    this.ops = await OpsServer.start(opsListen, () => this.readiness(), metrics);
  }

  private async closeOps(): Promise<void> {
    this.refusals.stop();
    await this.ops?.stop();
  }

  private async join(): Promise<void> {
    const { cluster } = this.parts;
    cluster.onReadiness(() => this.notify());
    const { registry } = this.edge;
    const identity = {
      address: this.address,
      startId: uniqueId(),
      clients: {
        tag: registry.tag,
        windowMs: this.parts.config.resumeWindowMs,
        adopted: () => registry.adopted(),
        moved: (clientId: string) => registry.moved(clientId),
        wanted: () => this.wanted(),
        shareKey: (key: Uint8Array) => registry.tokens.share(key),
      },
    };
    await cluster.start(
      identity,
      (envelope) => this.edge.pushes.receive(envelope),
      (error) => this.fail(error),
    );
    const { handover } = cluster;
    if (!handover || this.parts.config.resumeWindowMs === 0) return;
    this.edge.onForget = (id) => {
      if (!registry.owns(id) && this.state === 'running') handover.release(id);
    };
  }

  /** Before the gate has found the nodes once it can tell nothing of a client that was at another gate. */
  private elsewhere(): Elsewhere {
    const { cluster } = this.parts;
    let found = false;
    cluster.onReadiness(() => (found ||= cluster.readiness().ready));
    return {
      found: () => (found ||= cluster.readiness().ready),
      adopt: async (claim) => cluster.handover?.adopt(claim),
    };
  }

  private async drain(): Promise<void> {
    const { config, clock } = this.parts;
    this.enter('draining');
    const until = clock.monotonic() + config.drainTimeoutMs;
    const left = () => Math.max(until - clock.monotonic(), 0);
    const stepMs = Math.min(LEAVE_MS, config.drainTimeoutMs / 8);
    const handover = config.resumeWindowMs > 0 ? this.parts.cluster.handover : undefined;
    this.edge.registry.handingOver = handover !== undefined;
    // Nobody is refused here before the nodes know of it: other gates would be told that the clients are here.
    await handover?.announceLeaving(stepMs);
    this.edge.close();
    this.edge.endStreams();
    if (handover) await this.leaveClients(handover, stepMs, left() - LEAVE_STEPS * stepMs);
    await this.edge.drain(left(), clock, drained);
    await this.edge.cutStreams(STREAM_GRACE_MS, clock);
    this.enter('stopped');
  }

  /**
   * Leaves with the nodes what other gates need to go on with the clients of this one, as soon as one of them asks or no call
   * runs any more, after `serveMs` at the latest: until then clients whose calls run get their pushes here. Takes
   * `LEAVE_STEPS` times `stepMs` at most; clients that no node takes are served here until their streams end.
   */
  private async leaveClients(handover: ClientHandover, stepMs: number, serveMs: number): Promise<void> {
    const { cluster, clock } = this.parts;
    const { registry, streams } = this.edge;
    try {
      await within(serveMs, clock, Promise.race([this.edge.whenIdle(), this.whenWanted]));
      await cluster.leaveNodes?.(stepMs);
      const settled = streams.whenArrived().then(() => handover.whenSettled());
      await within(stepMs, clock, settled);
      registry.keep(await handover.park(registry.records(), stepMs));
      await handover.hasParked(stepMs);
    } catch (error) {
      this.parts.logger.error(`The clients of this gate could not be handed over: ${String(error)}`);
    }
  }

  private fail(error: Error): void {
    if (this.state === 'draining' || this.state === 'stopped') return;
    this.failure = error;
    this.parts.logger.error(`The gate cannot join the cluster: ${error.message}`);
    this.notify();
  }

  private enter(state: GateRuntime['state']): void {
    this.state = state;
    this.notify();
  }

  private notify(): void {
    for (const listener of [...this.readinessListeners]) listener();
  }
}

function drained(): GoverseError {
  return goverseError('OUTCOME_UNKNOWN', 'The gate stopped before the call was answered; it may have run');
}

async function within(timeoutMs: number, clock: Clock, done: Promise<void>): Promise<void> {
  let timer: TimerHandle;
  const over = new Promise<void>((resolve) => (timer = clock.setTimeout(resolve, timeoutMs)));
  await Promise.race([done, over]);
  clock.clearTimeout(timer);
}
