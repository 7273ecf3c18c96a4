import type { CallTarget, ObjectTypeInfo } from '../core/index.js';
import type { EnvelopeReport, PushEnvelope } from '../rpc/index.js';
import type { ClientHandover } from './client-handover.js';
import type { Readiness } from '../observability/index.js';

/** How a gate is known to the cluster. */
export interface GateIdentity {
  /** Advertised address. */
  readonly address: string;
  /** Unique per start. */
  readonly startId: string;
  /** What the nodes are told about its clients. */
  readonly clients?: GateClients | undefined;
}

/** The clients of a gate as the cluster needs to know them. */
export interface GateClients {
  /** What the unique part of their ids begins with. */
  readonly tag: string;
  /** How long they may come back when the gate has gone, milliseconds. */
  readonly windowMs: number;
  /** Those that have ids of other gates. */
  adopted(): string[];
  /** One of them has come to another gate. */
  moved(clientId: string): void;
  /** Other gates wait for some of them, now that this one is about to leave. */
  wanted(): void;
  /** Takes the key of the cluster for their tokens. */
  shareKey(key: Uint8Array): void;
}

/** The half of a gate that faces the cluster: it brings calls to nodes and pushes to the clients' half. */
export interface ClusterSide {
  /** Executes calls, wherever the objects live; from the construction on. */
  readonly target: CallTarget;
  /** `host:port` of the etcd that runs in this process, if one does. */
  readonly embeddedEtcd: string | undefined;
  /** Joins as a gate. Resolves without waiting for etcd or nodes; `failed` is told what makes it pointless to go on. */
  start(
    identity: GateIdentity,
    receive: (envelope: PushEnvelope) => EnvelopeReport,
    failed: (error: Error) => void,
  ): Promise<void>;
  /** The object types of every node that tells; a type that several nodes have comes several times. */
  describe(): Promise<ObjectTypeInfo[]>;
  /** Addresses of the nodes this gate has a Link for. */
  peers(): string[];
  /** How clients get to other gates and from them; undefined before `start`, or if there is no way. */
  readonly handover?: ClientHandover | undefined;
  /** Asks every node for no more pushes, and resolves when the last ones have arrived; at the latest after `timeoutMs`. */
  leaveNodes?(timeoutMs: number): Promise<void>;
  readiness(): Readiness;
  /** Calls the listener whenever `readiness` may have changed. Returns how to stop it. */
  onReadiness(listener: () => void): () => void;
  /** Leaves in order. */
  stop(): Promise<void>;
  /** Vanishes without telling anybody (tests). */
  kill(): void;
}
