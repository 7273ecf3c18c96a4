import type { CallResult, CallTarget, Clock, GoverseError, ObjectCall } from '../core/index.js';
import { goverseError } from '../core/index.js';
import { DEFAULT_TIMEOUT_MS } from '../routing/index.js';
import type { AccessControl } from './access/access-control.js';
import type { Authentication } from './authentication.js';
import type { Identity } from '../config/index.js';
import type { ClientBinding } from './client-binding.js';
import type { ClientCallPolicy } from './client-call-policy.js';
import type { ClientErrors } from './client-errors.js';
import type { ClientProxy } from './client-proxy.js';
import type { CallLimits } from './limits/call-limits.js';
import type { ClientRequest } from './client-request.js';

export interface ClientCallsParts {
  readonly target: CallTarget;
  readonly binding: ClientBinding;
  readonly authentication: Authentication;
  readonly limits: CallLimits;
  readonly access: AccessControl;
  readonly policy: ClientCallPolicy;
  readonly clock: Clock;
  readonly errors: ClientErrors;
}

/**
 * The one implementation of call, create and delete for clients; every protocol is an adapter over it. Rejects with
 * errors as a client may see them.
 */
export class ClientCalls {
  private readonly running = new Set<AbortController>();
  private idleListeners: (() => void)[] = [];
  private closed = false;

  constructor(private readonly parts: ClientCallsParts) {}

  /** Calls that have not been answered. */
  get inFlight(): number {
    return this.running.size;
  }

  async execute(request: ClientRequest): Promise<CallResult> {
    const { cancellation } = request;
    const deadline = this.deadlineOf(request);
    const timer = this.parts.clock.setTimeout(
      () => cancellation.abort(deadlineExceeded(request)),
      deadline - this.parts.clock.now(),
    );
    this.running.add(cancellation);
    try {
      return await this.forward(request, deadline);
    } catch (error) {
      throw this.parts.errors.forClient(error, request.callId);
    } finally {
      this.parts.clock.clearTimeout(timer);
      this.running.delete(cancellation);
      if (this.running.size === 0) this.notifyIdle();
    }
  }

  /** From now on every new call is refused with `NOT_READY`. */
  close(): void {
    this.closed = true;
  }

  /** Resolves when no call is running. */
  whenIdle(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleListeners.push(resolve));
  }

  /** Cancels what still runs; its callers get `reason`. */
  abortAll(reason: GoverseError): void {
    for (const call of this.running) call.abort(reason);
  }

  private async forward(request: ClientRequest, deadline: number): Promise<CallResult> {
    if (this.closed) throw goverseError('NOT_READY', 'This gate is stopping; connect to another one');
    const client = this.parts.binding.resolve(request.source);
    const call = objectCall(request, deadline, client?.id);
    const { type } = this.parts.policy.check(call);
    const { connection } = request.source;
    const leave = this.parts.limits.enter(connection, client?.id);
    const untie = client?.track(request.cancellation);
    try {
      if (this.parts.limits.rated) await this.parts.limits.rate(connection, client?.id);
      // Without an authenticator nothing is awaited before the call leaves: calls of one client keep their order.
      const caller = this.parts.authentication.enabled ? await this.identify(request, client) : undefined;
      this.parts.access.assertMayCall(call, type, caller);
      return await this.parts.target.execute(caller ? { ...call, caller } : call, request.cancellation.signal);
    } finally {
      untie?.();
      leave();
    }
  }

  private async identify(
    { source, cancellation }: ClientRequest,
    client: ClientProxy | undefined,
  ): Promise<Identity | undefined> {
    if (client && source.credentials.authorization === undefined) return client.identity;
    return this.parts.authentication.identify(source.credentials, source.connection, cancellation.signal);
  }

  private deadlineOf(request: ClientRequest): number {
    const asked = this.parts.clock.now() + (request.timeoutMs || DEFAULT_TIMEOUT_MS);
    return Math.min(asked, request.deadline ?? Infinity);
  }

  private notifyIdle(): void {
    const listeners = this.idleListeners;
    this.idleListeners = [];
    for (const listener of listeners) listener();
  }
}

function objectCall(request: ClientRequest, deadline: number, clientId: string | undefined): ObjectCall {
  const { verb, objectId, type, method, payload, callId } = request;
  return {
    verb,
    objectId,
    type,
    method,
    payload,
    callId,
    chain: [],
    deadline,
    clientId,
    isFromClient: true,
    idempotent: false,
  };
}

function deadlineExceeded(request: ClientRequest): GoverseError {
  const what =
    request.verb === 'call' ? `${request.objectId}.${request.method}` : `the ${request.verb} of ${request.objectId}`;
  return goverseError('DEADLINE_EXCEEDED', `The deadline of ${what} passed before it was answered`);
}
