import type { CallTarget, Clock, GoverseError } from '../core/index.js';
import { Authentication } from './authentication.js';
import type { AccessFile, AccessRule, AuthenticatorOption, JwtConfig } from '../config/index.js';
import { AccessControl } from './access/access-control.js';
import { ClientBinding } from './client-binding.js';
import { ClientCallPolicy } from './client-call-policy.js';
import { ClientCalls } from './client-calls.js';
import { ClientErrors } from './client-errors.js';
import { ClientRegistry } from './client-registry.js';
import { tokenKeyOf } from './client-tokens.js';
import { ClientStreams } from './client-streams.js';
import { FrameExchanges } from './connect/frame-exchanges.js';
import type { GateLogger } from './gate-logger.js';
import { CallLimits } from './limits/call-limits.js';
import type { PushReader } from './pushed-message.js';
import { PushReceiver } from './push-receiver.js';
import { slowClientPolicy } from './slow-client-policy.js';

export interface GateEdgeOptions {
  /** The gate's advertised address; known once it listens. */
  address(): string;
  /** Who executes the calls of clients. */
  readonly target: CallTarget;
  /** Undefined: every client is anonymous. The authenticator itself comes with `authentication.use`. */
  readonly authenticator?: AuthenticatorOption | undefined;
  /** As `authenticator`: somebody says who clients are. */
  readonly jwt?: JwtConfig | undefined;
  readonly access?: readonly AccessRule[] | AccessFile | undefined;
  readonly read: PushReader;
  readonly shards: number;
  readonly maxPayloadBytes: number;
  readonly clientQueueLimit: number;
  readonly clientQueueBytes: number;
  readonly clusterSecret?: string | undefined;
  readonly maxCallsPerClient: number;
  readonly callsPerSecondPerClient: number;
  readonly callsPerSecondPerIp: number;
  readonly resumeWindowMs: number;
  readonly slowClientPolicy: string;
  readonly clientPlacedIds: 'allow' | 'deny';
  readonly bindClientIds: 'peer' | 'token';
  readonly clock: Clock;
  readonly logger: GateLogger;
}

/** What a gate does for clients, without any protocol and without any cluster. */
export class GateEdge {
  readonly authentication: Authentication;
  readonly access: AccessControl;
  readonly errors: ClientErrors;
  readonly registry: ClientRegistry;
  readonly calls: ClientCalls;
  readonly streams: ClientStreams;
  readonly pushes: PushReceiver;
  /** The streams of frames: `Connect` and WebSockets. */
  readonly exchanges = new FrameExchanges();

  constructor(options: GateEdgeOptions) {
    const { clock, logger, target } = options;
    const authenticated = options.authenticator !== undefined || options.jwt !== undefined;
    const authentication = new Authentication(authenticated, logger);
    const access = new AccessControl({ access: options.access, authenticated, clock, logger });
    this.authentication = authentication;
    this.access = access;
    this.errors = new ClientErrors(logger);
    this.registry = new ClientRegistry({
      address: () => options.address(),
      queueLimits: { messages: options.clientQueueLimit, bytes: options.clientQueueBytes },
      policy: slowClientPolicy(options.slowClientPolicy),
      resumeWindowMs: options.resumeWindowMs,
      read: options.read,
      onForget: ({ id }) => this.onForget?.(id),
      clock,
      onLeave: ({ id, identity, connection }) => authentication.left({ clientId: id, identity, connection }),
    });
    const binding = new ClientBinding(this.registry, options.bindClientIds);
    const limits = new CallLimits(options);
    const policy = new ClientCallPolicy(options);
    this.calls = new ClientCalls({
      target,
      binding,
      authentication,
      access,
      limits,
      policy,
      clock,
      errors: this.errors,
    });
    this.streams = new ClientStreams(this.registry, authentication, access, limits);
    if (options.clusterSecret !== undefined) this.registry.tokens.share(tokenKeyOf(options.clusterSecret));
    this.pushes = new PushReceiver(this.registry, options.read);
  }

  /** Told of every client that will not come back. */
  onForget: ((clientId: string) => void) | undefined;

  /** Takes nothing new; what runs goes on. */
  close(): void {
    this.streams.close();
    this.calls.close();
  }

  /** Ends every stream in order. */
  endStreams(): void {
    this.registry.endAll();
    this.exchanges.goAway();
  }

  /** Resolves when no call runs. */
  whenIdle(): Promise<void> {
    return this.calls.whenIdle();
  }

  /** Resolves when no call runs any more, at the latest after `deadlineMs`; what still runs then gets `reason`. */
  async drain(deadlineMs: number, clock: Clock, reason: () => GoverseError): Promise<void> {
    const timer = clock.setTimeout(() => this.calls.abortAll(reason()), deadlineMs);
    try {
      await this.calls.whenIdle();
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Waits up to `graceMs` for streams that have been ended to flush, then cuts the rest: clients that do not read. */
  async cutStreams(graceMs: number, clock: Clock): Promise<void> {
    const timer = clock.setTimeout(() => this.cut(), graceMs);
    await Promise.all([this.registry.whenEmpty(), this.exchanges.whenEmpty()]);
    clock.clearTimeout(timer);
  }

  /** Cuts every stream. */
  cut(): void {
    this.registry.destroyAll();
    this.exchanges.destroy();
  }
}
