import {
  NEVER,
  allowManyListeners,
  goverseError,
  type CallOutcome,
  type CallResult,
  type Cancellation,
  type ChainLink,
  type GoverseError,
  type ObjectCall,
  type Placement,
} from '../core/index.js';
import type { Mailbox, MailboxTurn, TurnMode } from './mailbox.js';
import type { ObjectDefinition } from './object-definition.js';
import type { TurnQueue } from './turn-queue.js';
import type { Expirable, TurnRuntime } from './turn-runtime.js';

/** What a turn needs of the activation it runs in. */
export interface TurnHome {
  readonly id: string;
  readonly type: string;
  readonly activationId: string;
  readonly placement: Placement;
  readonly instance: object;
  readonly mailbox: Mailbox;
  /** Throws when no turn may start. */
  assertMayRun(): void;
  /** A call has ended: the idle time begins again. `at`: monotonic milliseconds. */
  touch(at: number): void;
  /** Ends the activation; `request` is told when it is gone. */
  deleteFor(request: DeletionRequest): void;
}

/** A request that waits for the end of an activation. */
export interface DeletionRequest {
  readonly call: ObjectCall;
  gone(): void;
  abandon(error: GoverseError): void;
}

/**
 * A request that waits for its turn, has it, or had it. Its caller is answered exactly once: by the turn, or before
 * the turn has ended when the deadline passes or the caller gives up.
 */
export abstract class RequestTurn implements MailboxTurn, Expirable {
  queue?: TurnQueue<never> | undefined;
  previous?: MailboxTurn | undefined;
  next?: MailboxTurn | undefined;

  protected home: TurnHome | undefined;
  /** A turn of the same object waits for it. */
  protected nested = false;
  /** Nothing the turn does has a listener any more. */
  protected answered = false;
  protected started = false;
  /** The deadline is watched. */
  private watched = false;
  private ownId: string | undefined;
  private cancel: (() => void) | undefined;

  /**
   * @param deadline epoch milliseconds
   * @param callerSignal `NEVER` for callers that do not wait
   * @param outcome the caller
   */
  constructor(
    protected readonly runtime: TurnRuntime,
    readonly call: ObjectCall,
    readonly definition: ObjectDefinition,
    readonly mode: TurnMode,
    readonly deadline: number,
    private readonly callerSignal: Cancellation,
    private readonly outcome: CallOutcome,
  ) {}

  /** Made when somebody asks for it: most turns end without. */
  get id(): string {
    return (this.ownId ??= this.runtime.newTurnId(this.name));
  }

  /** From now on deadline and cancellation count; a request that was answered at once needs nobody to watch it. */
  watch(): void {
    if (this.answered) return;
    this.watched = true;
    this.runtime.deadlines.add(this, this.deadline);
    const { callerSignal } = this;
    if (callerSignal === NEVER) return;
    this.cancel = () =>
      this.giveUp(goverseError('CANCELLED', `${this.call.objectId}.${this.name} was cancelled by its caller`));
    // The turn itself may have given it up already.
    if (callerSignal.aborted) return this.cancel();
    allowManyListeners(callerSignal);
    callerSignal.addEventListener('abort', this.cancel, { once: true });
  }

  /** The turns that wait for this one. */
  get waitingChain(): readonly ChainLink[] {
    return this.call.chain;
  }

  /** Begins in the activation it was accepted by. */
  abstract begin(mailbox: Mailbox): void;

  /** An activation has taken the request. */
  acceptedBy(home: TurnHome, nested: boolean): void {
    this.home = home;
    this.nested = nested;
  }

  /** Answers the caller; later answers count for nothing. */
  succeed(result: CallResult): void {
    if (this.close()) this.tell(result);
  }

  /** Refuses the caller; later answers count for nothing. */
  fail(error: GoverseError): void {
    if (this.close()) this.refuse(error);
  }

  /** The deadline has passed. */
  expire(): void {
    const { objectId } = this.call;
    const state = this.started ? 'was still running' : 'still waited for its turn (nothing was executed)';
    this.giveUp(goverseError('DEADLINE_EXCEEDED', `${objectId}.${this.name} ${state} when its deadline passed`));
  }

  /** The framework lets go of a running turn whose end it cannot wait for. */
  abandon(error: GoverseError): void {
    this.abortWork(error);
    this.fail(error);
  }

  /** Name of the method or hook for messages and printed chains. */
  protected abstract get name(): string;

  protected tell(result: CallResult): void {
    this.outcome.done(result);
  }

  protected refuse(error: GoverseError): void {
    this.outcome.failed(error);
  }

  /** Tells running user code that nobody waits for it any more. */
  protected abortWork(_reason: GoverseError): void {}

  /** The turn is over, whether or not its caller still listens. `at`: monotonic milliseconds. */
  protected finish(mailbox: Mailbox, at: number): void {
    this.home?.touch(at);
    mailbox.ended(this);
  }

  private giveUp(error: GoverseError): void {
    this.abandon(error);
    // Work that has not begun never will; a running turn keeps the mailbox until its promise settles.
    if (!this.started) this.home?.mailbox.remove(this);
  }

  private close(): boolean {
    if (this.answered) return false;
    this.answered = true;
    if (this.watched) this.runtime.deadlines.remove(this, this.deadline);
    if (this.cancel) this.callerSignal.removeEventListener('abort', this.cancel);
    return true;
  }
}
