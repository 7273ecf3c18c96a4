import type { CallOutcome, CallResult, CallTarget, Clock, GoverseError, ObjectCall } from '../core/index.js';
import { beginCall, goverseError, promiseOf } from '../core/index.js';
import { DeadlineSweep } from '../rpc/index.js';
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
  private readonly running = new Set<RunningCall>();
  private readonly deadlines: DeadlineSweep;
  private idleListeners: (() => void)[] = [];
  private closed = false;

  constructor(private readonly parts: ClientCallsParts) {
    this.deadlines = new DeadlineSweep(parts.clock, (now) => this.expire(now));
  }

  /** Calls that have not been answered. */
  get inFlight(): number {
    return this.running.size;
  }

  execute(request: ClientRequest): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(request, outcome));
  }

  /** The same without a promise of its own; the outcome may come before it returns. */
  begin(request: ClientRequest, outcome: CallOutcome): void {
    const deadline = this.deadlineOf(request);
    const running = new RunningCall(request, deadline, outcome, this.ended);
    this.running.add(running);
    this.deadlines.add(deadline);
    try {
      this.pass(running);
    } catch (error) {
      running.failed(error);
    }
  }

  /** From now on every new call is refused with `NOT_READY`. */
  close(): void {
    this.closed = true;
    if (this.running.size === 0) this.deadlines.stop();
  }

  /** Resolves when no call is running. */
  whenIdle(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleListeners.push(resolve));
  }

  /** Cancels what still runs; its callers get `reason`. */
  abortAll(reason: GoverseError): void {
    for (const { request } of this.running) request.cancellation.abort(reason);
  }

  private pass(running: RunningCall): void {
    if (this.closed) throw goverseError('NOT_READY', 'This gate is stopping; connect to another one');
    const { binding, policy, limits, authentication, access } = this.parts;
    const { request, deadline } = running;
    const { connection } = request.source;
    const client = binding.resolve(request.source);
    const call = objectCall(request, deadline, client?.id);
    const { type } = policy.check(call, connection);
    running.leave = limits.enter(connection, client?.id);
    running.untie = client?.track(request.cancellation);
    // Without an authenticator nothing is awaited before the call leaves: calls of one client keep their order.
    if (limits.rated || authentication.enabled) return void this.admit(running, call, type, client);
    access.assertMayCall(call, type, undefined);
    beginCall(this.parts.target, call, request.cancellation, running);
  }

  private async admit(
    running: RunningCall,
    call: ObjectCall,
    type: string,
    client: ClientProxy | undefined,
  ): Promise<void> {
    const { request } = running;
    try {
      if (this.parts.limits.rated) await this.parts.limits.rate(request.source.connection, client?.id);
      const caller = this.parts.authentication.enabled ? await this.identify(request, client) : undefined;
      this.parts.access.assertMayCall(call, type, caller);
      beginCall(this.parts.target, caller ? { ...call, caller } : call, request.cancellation, running);
    } catch (error) {
      running.failed(error);
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

  private expire(now: number): number {
    let next = Infinity;
    for (const { request, deadline } of this.running) {
      if (deadline > now) next = Math.min(next, deadline);
      else request.cancellation.abort(deadlineExceeded(request));
    }
    return next;
  }

  /** The error as the client may see it. */
  private readonly ended = (running: RunningCall, error: unknown): unknown => {
    this.running.delete(running);
    if (this.running.size === 0) this.notifyIdle();
    return error === undefined ? undefined : this.parts.errors.forClient(error, running.request.callId);
  };

  private notifyIdle(): void {
    const listeners = this.idleListeners;
    this.idleListeners = [];
    for (const listener of listeners) listener();
    if (this.closed) this.deadlines.stop();
  }
}

/** One call of a client that has not been answered. */
class RunningCall implements CallOutcome {
  /** Gives its place among the calls of the client back. */
  leave: (() => void) | undefined;
  untie: (() => void) | undefined;

  constructor(
    readonly request: ClientRequest,
    readonly deadline: number,
    private readonly outcome: CallOutcome,
    private readonly ended: (running: RunningCall, error: unknown) => unknown,
  ) {}

  done(result: CallResult): void {
    this.end();
    this.ended(this, undefined);
    this.outcome.done(result);
  }

  failed(error: unknown): void {
    this.end();
    this.outcome.failed(this.ended(this, error ?? new Error('The call failed')));
  }

  private end(): void {
    this.untie?.();
    this.leave?.();
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
