import type { CallOutcome, Cancellation, Clock, LifeStep, ObjectCall, PayloadCodec } from '../core/index.js';
import { LifeCycle, advertisedAddress, goverseError, promiseOf, systemClock, uniqueId } from '../core/index.js';
import type { NodeConfig } from '../config/index.js';
import { readTls } from '../config/index.js';
import type { EtcdEndpoints, EtcdLease } from '../cluster/index.js';
import { etcdOptionsOf } from '../cluster/index.js';
import type { Readiness } from '../observability/index.js';
import { OpsServer } from '../observability/index.js';
import type { ObjectRegistry } from '../objects/index.js';
import { GateStreams } from '../push/index.js';
import type { CallPort } from '../routing/index.js';
import type { PeerRoute } from '../rpc/index.js';
import { GrpcListener, LinkSockets, MESSAGE_OVERHEAD_BYTES, serverCredentials } from '../rpc/index.js';
import { Member } from './member.js';
import type { NodeLogger } from './node-logger.js';
import { nodeMetrics } from './node-metrics.js';
import { registerNodeServices } from './node-services.js';

/** How long open connections may linger once everything has been handed over. */
const CLOSE_GRACE_MS = 1_000;

export interface NodeRuntimeParts {
  readonly config: NodeConfig;
  readonly codec: PayloadCodec;
  readonly etcd: EtcdEndpoints;
  readonly logger: NodeLogger;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: peers are dialled themselves. */
  readonly route?: PeerRoute | undefined;
}

/** One node of the cluster in this process, and the order in which its parts start and stop. */
export class NodeRuntime {
  readonly gates: GateStreams;
  private readonly clock: Clock;
  private readonly life: LifeCycle;
  private registry: ObjectRegistry | undefined;
  private etcd: EtcdLease | undefined;
  private listener: GrpcListener | undefined;
  private readonly sockets: LinkSockets | undefined;
  private ops: OpsServer | undefined;
  private member: Member | undefined;
  private starting: Promise<void> | undefined;
  private stopping = false;
  private stopped = false;
  private cutShort = false;
  private failure: Error | undefined;
  private started!: () => void;
  private readonly begun = new Promise<void>((resolve) => {
    this.started = resolve;
  });
  private fail!: (error: Error) => void;
  private readonly failed = new Promise<never>((_, reject) => {
    this.fail = reject;
  });

  constructor(private readonly parts: NodeRuntimeParts) {
    this.clock = parts.clock ?? systemClock;
    const { linkTransport, maxPayloadBytes } = parts.config;
    if (linkTransport === 'auto') this.sockets = new LinkSockets(this.clock, maxPayloadBytes + MESSAGE_OVERHEAD_BYTES);
    this.gates = new GateStreams({ gateQueueLimit: parts.config.gateQueueLimit, clock: this.clock });
    this.failed.catch((error: Error) => {
      this.failure = error;
      if (!this.stopping) parts.logger.error(`The node cannot join the cluster: ${error.message}`);
    });
    this.life = new LifeCycle(this.steps(), (message) => parts.logger.error(message));
  }

  /** Opens the listener and begins to join the cluster with these object types; `whenReady` tells when that is done. */
  start(registry: ObjectRegistry): Promise<void> {
    this.registry = registry;
    return (this.starting ??= this.life.start().then(this.started, (error: Error) => {
      this.fail(error);
      throw error;
    }));
  }

  /** Hands everything over (at most `drainTimeoutMs`), then leaves. Idempotent. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.starting?.catch(() => undefined);
    await this.life.stop();
    this.stopped = true;
  }

  /** Vanishes as a crashed process does: nothing is handed over, the lease is left to expire (tests). */
  async kill(): Promise<void> {
    this.stopping = true;
    this.member?.kill();
    this.gates.close();
    await Promise.all([this.listener?.close(0), this.ops?.stop(), this.etcd?.release()]);
  }

  /** The advertised `host:port`; known once `start` is under way. */
  get address(): string {
    return this.running().address;
  }

  /** `host:port` of `opsListen`; undefined if it is not set. */
  get opsAddress(): string | undefined {
    return this.ops?.address;
  }

  /** `host:port` of the embedded etcd, if this application runs one. */
  get embeddedEtcd(): string | undefined {
    return this.etcd?.embeddedAddress;
  }

  /** Addresses of the nodes this node has a Link for. */
  peers(): string[] {
    return this.running().peers();
  }

  /** False after a stop whose turns had not all ended at `drainTimeoutMs`. */
  get drained(): boolean {
    return !this.cutShort;
  }

  get readiness(): Readiness {
    if (this.stopping) return { ready: false, reason: 'the node is stopping' };
    if (this.failure) return { ready: false, reason: this.failure.message };
    return this.member?.readiness ?? { ready: false, reason: 'the node is starting' };
  }

  /** The objects that live here. */
  get membership(): Member {
    return this.running();
  }

  /** Resolves when this node holds its planned share; rejects when it never will. */
  async whenReady(): Promise<void> {
    await Promise.race([this.begun, this.failed]);
    await Promise.race([this.running().whenReady(), this.failed]);
  }

  /** Throws `FENCED` when no push may leave any more. */
  assertMayPush(): void {
    this.running().assertAlive();
  }

  /** What GoverseService needs of this node. */
  callPort(): CallPort {
    const { codec, config } = this.parts;
    return {
      target: {
        execute: (call, signal) => promiseOf((outcome) => this.callOut(call, signal, outcome)),
        begin: (call, signal, outcome) => this.callOut(call, signal, outcome),
      },
      codec,
      clock: this.clock,
      shards: config.shards,
      assertMayLeave: () => this.member?.assertAlive(),
      near: (objectId, type) => this.member?.near(objectId, type),
      isLocal: (objectId, type) => this.running().router.isLocal(objectId, type),
      isImmutable: (type) => this.registry?.find(type)?.options.immutable ?? false,
      isIdempotent: (type, method) => this.registry?.find(type)?.methods.get(method)?.options.idempotent ?? false,
      whenReady: () => this.whenReady(),
    };
  }

  /** The order of starting; stopping goes the other way. */
  private steps(): LifeStep[] {
    return [
      { name: 'etcd connection', start: () => this.findEtcd(), stop: async () => this.etcd?.release() },
      { name: 'gRPC listener', start: () => this.listen(), stop: async () => this.listener?.close(CLOSE_GRACE_MS) },
      { name: 'membership', start: () => this.join(), stop: () => this.leave() },
      { name: "operators' listener", start: () => this.openOps(), stop: async () => this.ops?.stop() },
    ];
  }

  private async findEtcd(): Promise<void> {
    const { config, etcd, logger } = this.parts;
    this.etcd = await etcd.acquire(config.etcd, (line) => logger.log(line));
  }

  private async listen(): Promise<void> {
    const { config } = this.parts;
    this.listener = await GrpcListener.start({
      listen: config.listen,
      maxPayloadBytes: config.maxPayloadBytes,
      credentials: serverCredentials(config.tls && readTls('tls', config.tls)),
      clock: this.clock,
      sockets: this.sockets,
      register: (server) => registerNodeServices(server, config, this.gates, () => this.running()),
    });
  }

  private async join(): Promise<void> {
    const { etcd, listener, registry } = this;
    if (!etcd || !listener || !registry || this.stopping)
      throw goverseError('NOT_READY', 'The node was stopped before it joined the cluster');
    this.member = new Member({
      ...this.parts,
      registry,
      clock: this.clock,
      address: advertisedAddress(this.parts.config.advertise, listener.address),
      startId: uniqueId(),
      etcd: etcdOptionsOf(this.parts.config, etcd.endpoints),
      gates: this.gates,
      sockets: this.sockets,
    });
    // etcd may be away for long: the node waits for it without keeping anything else waiting.
    this.member.join().catch(this.fail);
  }

  private async openOps(): Promise<void> {
    const { opsListen } = this.parts.config;
    if (opsListen === undefined) return;
    const metrics = () => (this.member ? nodeMetrics(this.member) : []);
    this.ops = await OpsServer.start(opsListen, () => this.readiness, metrics);
  }

  private async leave(): Promise<void> {
    const member = this.running();
    if (!member.joined) member.kill();
    this.fail(goverseError('NOT_READY', 'The node was stopped before it was ready'));
    const finished = member.joined && (await member.handOver());
    this.cutShort = member.joined && !finished;
    this.gates.close();
    await member.leave(finished);
  }

  private callOut(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
    let member: Member;
    try {
      member = this.callable();
    } catch (error) {
      return outcome.failed(error);
    }
    member.callOut(call, signal, outcome);
  }

  /** Objects call each other until the last one has gone; after that nobody would ever answer. */
  private callable(): Member {
    if (this.stopped)
      throw goverseError('NOT_READY', 'The node has stopped; nothing was executed', { retryable: false });
    return this.running();
  }

  private running(): Member {
    if (this.member) return this.member;
    throw goverseError(
      'NOT_READY',
      'The node has not started yet; call objects after the application has been initialised',
    );
  }
}
