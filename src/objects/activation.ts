import {
  GoverseError,
  goverseError,
  hasReason,
  keyOf,
  type CallOutcome,
  type Cancellation,
  type ChainLink,
  type NearObject,
  type ObjectCall,
  type ParsedObjectId,
  type Placement,
} from '../core/index.js';
import type { DeactivationReason, OnActivate, OnDeactivate } from '../decorators/index.js';
import { ActivationContext } from './activation-context.js';
import { ACTIVATING, transition, type ActivationEvent, type ActivationState } from './activation-state.js';
import { beginCallAt } from './begin-call.js';
import { callCycle } from './call-chain.js';
import { CreateTurn } from './create-turn.js';
import { DeleteTurn } from './delete-turn.js';
import { HookTurn } from './hook-turn.js';
import { Mailbox, type MailboxOwner, type MailboxTurn } from './mailbox.js';
import type { ObjectContext } from './object-context.js';
import type { ContextSource, ObjectDefinition } from './object-definition.js';
import { ObjectTimers } from './object-timers.js';
import { reentryOf } from './reentry.js';
import { refusalFor, type LeavingReason } from './refusal.js';
import { RequestTurn, type DeletionRequest, type TurnHome } from './request-turn.js';
import { settle } from './settle.js';
import type { TurnRuntime } from './turn-runtime.js';
import { traceOf, userError } from './user-error.js';

/** What an activation tells the catalog. */
export interface ActivationListener {
  activated(activation: Activation): void;
  /** It is gone; `left` waits for the next activation. */
  ended(activation: Activation, left: readonly RequestTurn[]): void;
}

type Hooks = Partial<OnActivate & OnDeactivate>;

/**
 * The one living instance of an object in this process. There may be a million of them, so what few need is made when it
 * is asked for; and each call comes to another one, so what calls read is little and stands together.
 */
export class Activation implements TurnHome, NearObject, MailboxOwner, ContextSource {
  readonly definition: ObjectDefinition;
  /** Type read from the id alone; empty if there is none. */
  readonly impliedType: string;
  readonly placement: Placement;
  readonly mailbox: Mailbox;
  private state: ActivationState = ACTIVATING;
  private object: object | undefined;
  private hook: HookTurn | undefined;
  private leaveSoon = false;
  /** Whole monotonic milliseconds of the last sign of use: V8 keeps numbers with a fraction outside of the object. */
  private used: number;
  readonly id: string;
  /** Its place among the objects of its shard; the `ActivationIndex` keeps it. */
  seat = 0;
  /** Epoch milliseconds. */
  readonly creationTime: number;
  private ownContext: ActivationContext | undefined;
  private ownTimers: ObjectTimers | undefined;
  private ownId: string | undefined;
  private deletions: DeletionRequest[] | undefined;
  private ends: (() => void)[] | undefined;

  constructor(
    private readonly runtime: TurnRuntime,
    private readonly listener: ActivationListener,
    definition: ObjectDefinition,
    { id, placement }: Pick<ParsedObjectId, 'id' | 'placement'>,
    impliedType: string,
  ) {
    this.definition = definition;
    this.impliedType = impliedType;
    this.placement = placement;
    this.mailbox = new Mailbox(this);
    this.object = this.hook = undefined;
    this.used = Math.ceil(runtime.clock.monotonic());
    this.id = id;
    this.creationTime = runtime.clock.now();
  }

  /** Monotonic milliseconds of the last sign of use. */
  get lastUsed(): number {
    return this.used;
  }

  /** What the object itself sees of its activation. */
  get context(): ObjectContext {
    return (this.ownContext ??= new ActivationContext(this));
  }

  /** What calls it without the router: none that would have to be told where it goes. */
  get near(): NearObject | undefined {
    return this.state.phase === 'active' ? this : undefined;
  }

  get type(): string {
    return this.definition.type;
  }

  get key(): string {
    return keyOf(this.id, this.type);
  }

  /** Turns that may wait. */
  get mailboxLimit(): number {
    return this.definition.options.mailboxLimit;
  }

  get immutable(): boolean {
    return this.definition.options.immutable;
  }

  isIdempotent(method: string): boolean {
    return this.definition.methods.get(method)?.options.idempotent ?? false;
  }

  /** `NearObject`: a call that needs no way to be found. */
  begin(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
    beginCallAt(this, this.runtime, call, signal, outcome);
  }

  /** Unique in the cluster. */
  get activationId(): string {
    return (this.ownId ??= this.runtime.newActivationId());
  }

  get instance(): object {
    return this.object as object;
  }

  get constructed(): boolean {
    return this.object !== undefined;
  }

  get hookId(): string | undefined {
    return this.hook?.id;
  }

  get timers(): ObjectTimers {
    return (this.ownTimers ??= new ObjectTimers(this.runtime, this));
  }

  /** It ends, so the next activation of the id may be of another type. */
  get goingAway(): boolean {
    return this.state.phase !== 'active' && this.state.phase !== 'activating';
  }

  /** Nothing runs and nothing waits. */
  get idle(): boolean {
    return this.state.phase === 'active' && this.mailbox.runningCount === 0 && this.mailbox.waitingCount === 0;
  }

  /** A deletion waits for its turn. */
  get deletionWaits(): boolean {
    return [...this.mailbox.waitingTurns].some((turn) => turn instanceof DeleteTurn);
  }

  /** One of the turns of the chain runs here. */
  isWaitedFor(chain: readonly ChainLink[]): boolean {
    return chain.some(
      ({ objectId, turnId }) => objectId === this.id && (turnId === this.hookId || this.mailbox.findRunning(turnId)),
    );
  }

  /** Takes a request. Throws `CALL_CYCLE`, `OVERLOADED`, or why it goes elsewhere. */
  accept(request: RequestTurn): void {
    const reentry = reentryOf(request, this);
    if (reentry === 'cycle') throw callCycle(request.call, this.id);
    const refusal = reentry === 'outside' ? refusalFor(reasonOf(this.state), this.id) : undefined;
    if (refusal) throw refusal;
    request.acceptedBy(this, reentry !== 'outside');
    if (reentry === 'inside') this.mailbox.enterInside(request);
    else if (reentry === 'inner') this.mailbox.enterInner(request);
    else this.mailbox.enter(request);
  }

  /** Constructs the instance and lets the turns begin. @param at when it was asked whether it may, for `TurnWatch` */
  start(cause: RequestTurn, at: number | undefined): void {
    const argument = cause instanceof CreateTurn ? cause.argument : undefined;
    const hook = this.beginHook('onActivate', cause.call, cause.waitingChain);
    hook.watch(at, this, 'activate');
    settle(
      () => hook.run(() => this.construct(argument)),
      () => this.activated(),
      (error) => this.failed(error),
    );
  }

  /** Runs the running turns out, then ends; turns that wait are left for the next activation. */
  close(reason: DeactivationReason): Promise<void> {
    this.move({ type: 'close', reason });
    this.mailbox.close();
    this.ownTimers?.stop();
    const gone = new Promise<void>((resolve) => {
      if (this.state.phase === 'ended') resolve();
      else (this.ends ??= []).push(resolve);
    });
    this.proceed();
    return gone;
  }

  /** The object may not stay: `close`, and turns that wait are refused. */
  leave(reason: LeavingReason): Promise<void> {
    const gone = this.close(reason);
    this.refuseWaiting(this.mailbox.drain(), () => refusalFor(reason, this.id));
    return gone;
  }

  /** Leaves at once: nothing that runs is waited for by its caller any more. */
  fence(): Promise<void> {
    const gone = this.leave('fenced');
    this.refuseWaiting(this.mailbox.drainInner(), () => refusalFor('fenced', this.id));
    this.abandonRunning();
    return gone;
  }

  /** Aborts what runs; its callers get `OUTCOME_UNKNOWN`. */
  abandonRunning(): void {
    this.ownContext?.end();
    if (this.hook === undefined && this.deletions === undefined && this.mailbox.runningCount === 0) return;
    const error = goverseError(
      'OUTCOME_UNKNOWN',
      `${this.id} had to stop before its turn ended; the call may have had effects`,
    );
    this.hook?.abort(error);
    for (const deletion of this.deletions ?? []) deletion.abandon(error);
    for (const turn of [...this.mailbox.running]) turn.abandon(error);
  }

  assertMayRun(): void {
    try {
      this.runtime.assertMayRun(this.placement);
    } catch (error) {
      // A leaving object still runs what its last turns wait for; nothing else begins.
      const leaving = reasonOf(this.state) === 'moved' || reasonOf(this.state) === 'shutdown';
      if (leaving && hasReason(error, 'NOT_OWNER')) return;
      throw error;
    }
  }

  /** @param at monotonic milliseconds */
  touch(at: number): void {
    this.used = Math.ceil(at);
    if (this.leaveSoon) void this.close('idle');
  }

  deactivateSoon(): void {
    // While it activates, the calls that wait have a right to one turn: else it would never get anywhere.
    if (this.state.phase === 'activating') this.leaveSoon = true;
    else void this.close('idle');
  }

  /** Ends the activation for want of calls, unless the node may not run its hook. */
  closeIdle(): void {
    try {
      this.assertMayRun();
    } catch {
      // The object is about to leave for a better reason.
      return;
    }
    void this.close('idle');
  }

  deleteFor(request: DeletionRequest): void {
    (this.deletions ??= []).push(request);
    void this.close('deleted').then(() => request.gone());
  }

  private construct(argument: unknown): unknown {
    const made = this.definition.construct(this);
    return made instanceof Promise
      ? made.then((instance) => this.callOnActivate(instance, argument))
      : this.callOnActivate(made, argument);
  }

  private callOnActivate(instance: object & Hooks, argument: unknown): unknown {
    this.object = instance;
    return typeof instance.onActivate === 'function' ? instance.onActivate(argument) : undefined;
  }

  private activated(): void {
    this.hookEnded();
    this.used = Math.ceil(this.runtime.clock.monotonic());
    this.move({ type: 'activated' });
    // The node may have lost the object, or been told to end it, while the hook ran.
    if (this.state.phase !== 'active') return this.proceed();
    this.listener.activated(this);
    this.mailbox.open();
    if (this.leaveSoon && this.idle) void this.close('idle');
  }

  private failed(thrown: unknown): void {
    this.hookEnded();
    this.move({ type: 'failed' });
    this.ownTimers?.stop();
    this.ownContext?.end();
    const error = userError(thrown);
    if (error.reason === 'METHOD_FAILED' && !(thrown instanceof GoverseError))
      this.runtime.logger.error(`${this.id} could not be activated: ${traceOf(thrown)}`);
    this.refuseWaiting(this.mailbox.drain(), () => error);
    this.proceed();
  }

  /** `MailboxOwner`: nothing runs at the moment. */
  settled(): void {
    this.proceed();
  }

  /** Goes on with ending as far as nothing runs any more. */
  private proceed(): void {
    if (this.mailbox.runningCount > 0 || this.hook !== undefined) return;
    if (this.state.phase === 'closing') {
      this.move({ type: 'idle' });
      this.deactivate();
    } else if (this.state.phase === 'leaving') {
      this.move({ type: 'idle' });
      this.end();
    }
  }

  private deactivate(): void {
    const reason = reasonOf(this.state) ?? 'idle';
    const instance = this.instance as Hooks;
    const hook = this.beginHook('onDeactivate', this.deletions?.[0]?.call);
    this.ownContext?.end();
    hook.watch(this.runtime.watch.moment(), this, 'deactivate', reason);
    const done = (): void => {
      this.hookEnded();
      this.move({ type: 'deactivated' });
      this.proceed();
    };
    settle(
      () => hook.run(() => instance.onDeactivate?.(reason)),
      done,
      (error) => {
        this.runtime.logger.error(`onDeactivate('${reason}') of ${this.id} failed: ${traceOf(error)}`);
        done();
      },
    );
  }

  private end(): void {
    const left = this.mailbox.drain().filter((turn) => turn instanceof RequestTurn);
    this.listener.ended(this, left);
    for (const resolve of this.ends ?? []) resolve();
  }

  private beginHook(name: string, cause: ObjectCall | undefined, waiting?: readonly ChainLink[]): HookTurn {
    this.hook = new HookTurn(this.runtime, this.id, name, cause, waiting);
    return this.hook;
  }

  private hookEnded(): void {
    this.hook?.ended();
    this.hook = undefined;
  }

  /** An error costs as much as several calls, and a node that leaves or is fenced has mostly objects nobody waits for. */
  private refuseWaiting(turns: readonly MailboxTurn[], why: () => GoverseError): void {
    if (turns.length === 0) return;
    const error = why();
    for (const turn of turns) if (turn instanceof RequestTurn) turn.fail(error);
  }

  private move(event: ActivationEvent): void {
    this.state = transition(this.state, event);
  }
}

function reasonOf(state: ActivationState): DeactivationReason | undefined {
  return 'reason' in state ? state.reason : undefined;
}
