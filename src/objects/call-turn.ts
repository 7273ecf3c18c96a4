import {
  CallContext,
  GoverseError,
  goverseError,
  inwardError,
  LazySignal,
  NEVER,
  hasReason,
  type CallContextFacts,
  type CallerIdentity,
  type CallOutcome,
  type Cancellation,
  type ChainLink,
  type ObjectCall,
  type TurnWork,
} from '../core/index.js';
import { PendingArgument } from './argument-reader.js';
import type { Mailbox } from './mailbox.js';
import type { MethodDefinition, ObjectDefinition } from './object-definition.js';
import { RequestTurn, type TurnHome } from './request-turn.js';
import { isPending, settleLater } from './settle.js';
import { DEFAULT_TIMEOUT_MS, type TurnRuntime } from './turn-runtime.js';
import type { OwnFacts, WatchedTurn } from './turn-watch.js';
import { traceOf, userError } from './user-error.js';

/** The turn of a method call, and what its `CallContext` reads. */
export class CallTurn extends RequestTurn implements CallContextFacts, TurnWork {
  private readonly context = new CallContext(this);
  private stop: LazySignal | undefined;
  private aborted: GoverseError | undefined;
  private ownChain: readonly ChainLink[] | undefined;
  /** A one-way caller has been told that the mailbox has its call. */
  private accepted = false;
  private record: WatchedTurn | undefined;

  constructor(
    runtime: TurnRuntime,
    call: ObjectCall,
    definition: ObjectDefinition,
    private readonly called: MethodDefinition,
    private readonly argument: unknown,
    signal: Cancellation,
    outcome: CallOutcome,
  ) {
    const deadline = deadlineOf(runtime, call, called);
    super(runtime, call, definition, called.mode, deadline, called.options.oneWay ? NEVER : signal, outcome);
  }

  /** The turn of a call to a method of the class. Throws `METHOD_NOT_FOUND`, `INVALID_ARGUMENT`. */
  static of(
    runtime: TurnRuntime,
    call: ObjectCall,
    definition: ObjectDefinition,
    signal: Cancellation,
    outcome: CallOutcome,
  ): CallTurn {
    const method = definition.methods.get(call.method) ?? notThere(call, definition);
    const argument = method.argument.read(call.payload, call.isFromClient);
    return new CallTurn(runtime, call, definition, method, argument, signal, outcome);
  }

  override get waitingChain(): readonly ChainLink[] {
    return this.oneWay ? [] : this.call.chain;
  }

  /** Tells a one-way caller that the mailbox has its call. */
  acceptOneWay(): void {
    if (!this.oneWay || this.accepted || this.answered) return;
    this.accepted = true;
    this.tell({ payload: this.runtime.codec.encodeResult(this.call.payload, undefined) });
  }

  override begin(mailbox: Mailbox): void {
    const { home, runtime } = this;
    if (this.answered || home === undefined) return mailbox.ended(this);
    const at = runtime.watch.moment();
    try {
      home.assertMayRun();
    } catch (error) {
      this.fail(GoverseError.from(error));
      return mailbox.ended(this);
    }
    this.started = true;
    if (at !== undefined) this.record = runtime.watch.started(at, home.placement, this.factsIn(home));
    this.acceptOneWay();
    let value: unknown;
    try {
      value = CallContext.runTurn(this.context, this);
    } catch (error) {
      return this.threw(error, mailbox, this.justNow());
    }
    if (!isPending(value)) return this.returned(value, mailbox, this.justNow());
    settleLater(
      value,
      (settled) => this.returned(settled, mailbox, runtime.clock.monotonic()),
      (error) => this.threw(error, mailbox, runtime.clock.monotonic()),
    );
  }

  /** Calls the method; the context has been entered. */
  work(): unknown {
    const { argument, context } = this;
    const { invoker } = this.called;
    const instance = (this.home as TurnHome).instance;
    if (!(argument instanceof PendingArgument)) return invoker.invoke(instance, argument, context);
    return argument.value.then((value) => invoker.invoke(instance, value, context));
  }

  get objectId(): string {
    return this.call.objectId;
  }

  get method(): string {
    return this.called.name;
  }

  get callId(): string {
    return this.call.callId;
  }

  get clientId(): string | undefined {
    return this.call.clientId;
  }

  get caller(): CallerIdentity | undefined {
    return this.call.caller;
  }

  get isFromClient(): boolean {
    return this.call.isFromClient;
  }

  get chain(): readonly ChainLink[] {
    return (this.ownChain ??= [...this.waitingChain, { objectId: this.objectId, turnId: this.id }]);
  }

  get cancellation(): Cancellation {
    return this.lazySignal;
  }

  get signal(): AbortSignal {
    return this.lazySignal.signal;
  }

  protected override get name(): string {
    return this.called.name;
  }

  protected override abortWork(reason: GoverseError): void {
    this.aborted = reason;
    this.stop?.abort(reason);
  }

  protected override refuse(error: GoverseError): void {
    if (!this.accepted) return super.refuse(error);
    const { call, deadline, runtime } = this;
    if (!this.started && hasReason(error, 'NOT_OWNER', 'NOT_READY', 'FENCED')) {
      runtime.passOn({ ...call, chain: [], deadline }, error);
    } else {
      runtime.logger.warn(
        `${call.objectId}.${this.name}: the one-way call ${call.callId} failed: ${error.reason}: ${error.message}`,
      );
    }
  }

  protected override finish(mailbox: Mailbox, at: number): void {
    this.record?.tell('end');
    super.finish(mailbox, at);
  }

  private factsIn(home: TurnHome): OwnFacts {
    return {
      turnId: this.id,
      kind: 'call',
      objectId: home.id,
      type: home.type,
      method: this.method,
      callId: this.call.callId,
      activation: home.activationId,
      mode: this.nested ? 'nested' : this.mode,
      idempotent: this.call.idempotent || this.called.options.idempotent,
      reason: undefined,
    };
  }

  private get oneWay(): boolean {
    return this.called.options.oneWay;
  }

  private get lazySignal(): LazySignal {
    if (this.stop) return this.stop;
    this.stop = new LazySignal();
    if (this.aborted) this.stop.abort(this.aborted);
    return this.stop;
  }

  private returned(value: unknown, mailbox: Mailbox, at: number): void {
    if (!this.answered) {
      try {
        this.succeed({ payload: this.encode(value) });
      } catch (error) {
        this.fail(GoverseError.from(error));
      }
    }
    this.finish(mailbox, at);
  }

  /** For a turn that ends in the tick in which the lease clock was read for it. */
  private justNow(): number {
    const { clock } = this.runtime;
    return clock.recent ? clock.recent() : clock.monotonic();
  }

  private encode(value: unknown): ReturnType<TurnRuntime['codec']['encodeResult']> {
    const { payload } = this.call;
    if (payload.kind === 'value' && this.definition.options.immutable) return { kind: 'value', value };
    return this.runtime.codec.encodeResult(payload, value, this.called.options.response);
  }

  private threw(thrown: unknown, mailbox: Mailbox, at: number): void {
    const error = userError(thrown);
    if (error.reason === 'METHOD_FAILED' && !(thrown instanceof GoverseError)) {
      const { objectId, callId } = this.call;
      this.runtime.logger.error(`${objectId}.${this.name} failed (call ${callId}): ${traceOf(thrown)}`);
    }
    this.fail(error);
    this.finish(mailbox, at);
  }
}

function deadlineOf(runtime: TurnRuntime, call: ObjectCall, { options }: MethodDefinition): number {
  const { timeoutMs, oneWay } = options;
  if (oneWay) return runtime.clock.now() + (timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return timeoutMs === undefined ? call.deadline : Math.min(call.deadline, runtime.clock.now() + timeoutMs);
}

function notThere(call: ObjectCall, definition: ObjectDefinition): never {
  const unknown = `${definition.type} has no method ${JSON.stringify(call.method)}`;
  if (call.isFromClient) throw goverseError('METHOD_NOT_FOUND', unknown);
  throw inwardError('METHOD_NOT_FOUND', `${unknown}${methodsOf(definition)}`, unknown);
}

/** For callers in the cluster, who may know. */
function methodsOf({ methods }: ObjectDefinition): string {
  return methods.size > 0 ? `; it has ${[...methods.keys()].join(', ')}` : '; it has none';
}
