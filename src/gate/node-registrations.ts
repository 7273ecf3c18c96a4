import type { Clock } from '../core/index.js';
import type { ViewSource } from '../cluster/index.js';
import type { EnvelopeReport, GateIntroduction, LinkPool, PushEnvelope } from '../rpc/index.js';
import { NodeRegistration } from '../rpc/index.js';
import type { Readiness } from '../observability/index.js';
import type { GateLogger } from './gate-logger.js';

export interface NodeRegistrationsOptions {
  readonly source: ViewSource;
  readonly pool: LinkPool;
  readonly gateAddress: string;
  /** What the nodes are told about the gate's clients. */
  readonly introduction: () => Omit<GateIntroduction, 'address'>;
  /** A node says that clients of this gate are at another one. */
  readonly moved: (clientIds: readonly string[]) => void;
  /** Other gates wait for clients of this one. */
  readonly wanted: () => void;
  /** A node has confirmed. */
  readonly onRegistered: (nodeAddress: string) => void;
  readonly receive: (envelope: PushEnvelope) => EnvelopeReport;
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly logger: GateLogger;
}

/** Keeps the gate registered with every live node: with those of now, those that join later, and again after a break. */
export class NodeRegistrations {
  private readonly byNode = new Map<string, NodeRegistration>();
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly options: NodeRegistrationsOptions) {}

  start(): void {
    this.unsubscribe = this.options.source.onView(() => this.follow());
    this.follow();
  }

  /** Asks every node for no more pushes; resolves when the last ones have arrived, at the latest after `timeoutMs`. */
  async leave(timeoutMs: number): Promise<void> {
    this.unsubscribe?.();
    await Promise.allSettled([...this.byNode.values()].map((registration) => registration.leave(timeoutMs)));
  }

  stop(): void {
    this.unsubscribe?.();
    for (const address of [...this.byNode.keys()]) this.drop(address);
  }

  /** Ready when there is a node and every one of them has confirmed. */
  readiness(): Readiness {
    const { nodes } = this.options.source.view;
    if (nodes.size === 0) return { ready: false, reason: 'no node is alive; start one' };
    const missing = [...nodes.keys()].filter((address) => this.byNode.get(address)?.state !== 'registered');
    if (missing.length === 0) return { ready: true };
    return { ready: false, reason: `the gate is not registered with ${missing.join(', ')} yet` };
  }

  private follow(): void {
    const { nodes } = this.options.source.view;
    for (const address of nodes.keys()) if (!this.byNode.has(address)) this.add(address);
    for (const address of [...this.byNode.keys()]) if (!nodes.has(address)) this.drop(address);
    this.options.onChange();
  }

  private add(nodeAddress: string): void {
    const { pool, gateAddress, introduction, moved, wanted, receive, clock, logger, onRegistered, onChange } =
      this.options;
    const registration = new NodeRegistration({
      pool,
      nodeAddress,
      gateAddress,
      introduction,
      clock,
      logger,
      onMoved: moved,
      onWanted: wanted,
      onState: (state) => {
        if (state === 'registered') onRegistered(nodeAddress);
        onChange();
      },
      onEnvelope: (envelope, from) => {
        const report = receive(envelope);
        if (envelope.pushId !== 0) from.report(report);
      },
    });
    this.byNode.set(nodeAddress, registration);
    registration.start();
  }

  private drop(address: string): void {
    const registration = this.byNode.get(address);
    this.byNode.delete(address);
    void registration?.stop();
    this.options.pool.drop(address);
  }
}
