import {
  CallContext,
  GoverseError,
  hasReason,
  type CallContextFacts,
  type ChainLink,
  type ObjectCall,
} from '../core/index.js';
import { PendingArgument } from './argument-reader.js';
import { LazySignal } from './lazy-signal.js';
import type { Mailbox } from './mailbox.js';
import type { MethodDefinition, ObjectDefinition } from './object-definition.js';
import { RequestTurn } from './request-turn.js';
import { settle } from './settle.js';
import { DEFAULT_TIMEOUT_MS, type TurnRuntime } from './turn-runtime.js';
import { traceOf, userError } from './user-error.js';

export interface CallTurnFacts {
  readonly call: ObjectCall;
  readonly definition: ObjectDefinition;
  readonly method: MethodDefinition;
  readonly argument: unknown;
  readonly signal: AbortSignal;
}

/** The turn of a method call. */
export class CallTurn extends RequestTurn {
  private readonly method: MethodDefinition;
  private readonly argument: unknown;
  private readonly work = new LazySignal();
  /** A one-way caller has been told that the mailbox has its call. */
  private accepted = false;

  constructor(runtime: TurnRuntime, { call, definition, method, argument, signal }: CallTurnFacts) {
    super(runtime, {
      call,
      definition,
      label: method.name,
      mode: method.mode,
      deadline: deadlineOf(runtime, call, method),
      signal: method.options.oneWay ? undefined : signal,
    });
    this.method = method;
    this.argument = argument;
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
    const { home } = this;
    if (this.answered || home === undefined) return mailbox.ended(this);
    try {
      home.assertMayRun();
    } catch (error) {
      this.fail(GoverseError.from(error));
      return mailbox.ended(this);
    }
    this.started = true;
    this.acceptOneWay();
    const context = new CallContext(this.contextFacts());
    settle(
      () => CallContext.run(context, () => this.invoke(home.instance, context)),
      (value) => this.returned(value, mailbox),
      (error) => this.threw(error, mailbox),
    );
  }

  protected override get name(): string {
    return this.method.name;
  }

  protected override abortWork(reason: GoverseError): void {
    this.work.abort(reason);
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

  private get oneWay(): boolean {
    return this.method.options.oneWay;
  }

  private contextFacts(): CallContextFacts {
    const { objectId, callId, clientId, caller, isFromClient } = this.call;
    const { work } = this;
    return {
      objectId,
      method: this.method.name,
      callId,
      clientId,
      caller,
      isFromClient,
      deadline: this.deadline,
      chain: [...this.waitingChain, { objectId, turnId: this.id }],
      get signal() {
        return work.signal;
      },
    };
  }

  private invoke(instance: object, context: CallContext): unknown {
    const { argument, method } = this;
    if (!(argument instanceof PendingArgument)) return method.invoker.invoke(instance, argument, context);
    return argument.value.then((value) => method.invoker.invoke(instance, value, context));
  }

  private returned(value: unknown, mailbox: Mailbox): void {
    if (!this.answered) {
      try {
        this.succeed({ payload: this.encode(value) });
      } catch (error) {
        this.fail(GoverseError.from(error));
      }
    }
    this.finish(mailbox);
  }

  private encode(value: unknown): ReturnType<TurnRuntime['codec']['encodeResult']> {
    const { payload } = this.call;
    if (payload.kind === 'value' && this.definition.options.immutable) return { kind: 'value', value };
    return this.runtime.codec.encodeResult(payload, value, this.method.options.response);
  }

  private threw(thrown: unknown, mailbox: Mailbox): void {
    const error = userError(thrown);
    if (error.reason === 'METHOD_FAILED' && !(thrown instanceof GoverseError)) {
      const { objectId, callId } = this.call;
      this.runtime.logger.error(`${objectId}.${this.name} failed (call ${callId}): ${traceOf(thrown)}`);
    }
    this.fail(error);
    this.finish(mailbox);
  }
}

function deadlineOf(runtime: TurnRuntime, call: ObjectCall, { options }: MethodDefinition): number {
  const { timeoutMs, oneWay } = options;
  if (oneWay) return runtime.clock.now() + (timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return timeoutMs === undefined ? call.deadline : Math.min(call.deadline, runtime.clock.now() + timeoutMs);
}
